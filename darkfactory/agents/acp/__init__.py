"""Any agent that speaks the Agent Client Protocol, version 1, over its two standard pipes."""

from darkfactory.agents.acp.adapter import ADAPTER

__all__ = ["ADAPTER"]
