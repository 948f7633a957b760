"""A day of a fictional département, played from outside: by HTTP, by Kafka, by pages; read back from what it left."""
