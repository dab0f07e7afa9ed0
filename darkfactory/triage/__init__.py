"""Decide the lane of each item and say why (pure)."""
