"""Codex, driven through ``codex app-server``: JSON-RPC over its standard input and output."""

from darkfactory.agents.codex.adapter import ADAPTER

__all__ = ["ADAPTER"]
