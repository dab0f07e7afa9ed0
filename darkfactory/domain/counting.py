"""Numbers with their nouns, as people say them."""

from collections.abc import Sequence

_SHOWN = 3


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return *number* with its noun: ``1 file``, ``2 files``; *plural* where an s does not do."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], *, at_most: int = _SHOWN) -> str:
    """Return *names* with commas between them; of many the first, and how many more there are."""
    left = len(names) - at_most
    shown = ", ".join(names[:at_most])
    return f"{shown} and {left} more" if left > 0 else shown
