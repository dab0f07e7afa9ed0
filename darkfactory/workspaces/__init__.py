"""The hub and the workspace pools: lease, collect, preserve, reset, sweep."""
