"""Find, version and inject skills."""
