"""Schema of this service's own tables: see `chassis.migrations`."""
