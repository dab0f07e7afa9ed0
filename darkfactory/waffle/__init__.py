"""Score an event stream (pure)."""
