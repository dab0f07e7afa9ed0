"""The mock agent: a real program that plays a script, for demos, dry runs and tests.

The program imports this package at every start, so the adapter is loaded only when it is asked for.
"""

TYPE_CHECKING = False  # importing it from typing would cost the program more than its own code
if TYPE_CHECKING:
    from darkfactory.agents.mock.adapter import ADAPTER

__all__ = ["ADAPTER"]


def __getattr__(name: str) -> object:
    """Load the adapter.

    Raises:
        AttributeError: For any other name.
    """
    if name != "ADAPTER":
        raise AttributeError(name)
    from darkfactory.agents.mock.adapter import ADAPTER

    return ADAPTER
