"""Dark Factory: direct many coding agents, land only what deserves it."""

__version__ = "0.1.0"
