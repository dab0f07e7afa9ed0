"""Read items of backlog from a source."""
