"""Claude Code, driven as a child process that speaks stream-json in both directions.

Written against version 2.1.329. What is assumed of the program is proved against the program
itself in ``tests/clients/test_claude_code.py``.
"""

from darkfactory.agents.claude_code.adapter import ADAPTER

__all__ = ["ADAPTER"]
