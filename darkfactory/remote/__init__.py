"""A factory behind a server: read, followed and asked over HTTP from any machine."""
