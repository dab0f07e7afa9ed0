"""Tell what somebody who says yes at the gate is warned of, and ask where it is grave."""

from collections.abc import Sequence

from darkfactory.cli.output import can_ask, confirm, flat, hint


class Warned:
    """Says warnings before anything happens; *told* holds them afterwards.

    Args:
        asks: Whether grave ones want an answer where somebody is there to give it.
    """

    def __init__(self, *, asks: bool) -> None:
        self.told: list[str] = []
        self._asks = asks

    def ask(self, warnings: Sequence[str], grave: bool) -> bool:  # noqa: FBT001 - a callback
        """Say *warnings* and return whether to go on; without a terminal it goes on."""
        self.told += warnings
        for text in warnings:
            hint(flat(text))
        asked = grave and self._asks and can_ask()
        return not asked or confirm("approve it all the same", yes=False)
