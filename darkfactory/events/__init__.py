"""Streams: append-only JSON Lines files, one per session, one ``factory`` for lifecycle facts."""
