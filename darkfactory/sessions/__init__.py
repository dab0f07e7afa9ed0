"""The session host; start, adopt, steer, interrupt, cancel, sweep."""
