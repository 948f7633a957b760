"""HTTP for every service: application factory, problems, identity, pages."""
