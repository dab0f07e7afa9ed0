"""Adapters: each speaks to one coding agent and knows no other."""
