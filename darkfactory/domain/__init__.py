"""Frozen values that every stage speaks in; nothing here reads or writes."""
