"""Cursors of live reads, which keep caches from answering for ever (protocol 10.1)."""

import random

INTERVAL_SECONDS = 20
_EPOCH = 1_728_432_000  # 2024-10-09T00:00:00Z
_MOST_JITTER_SECONDS = 3600


def cursor_after(said: str | None, now: float) -> str:
    """Return the cursor of this moment; later than the one a client *said*, so none comes twice."""
    current = int((now - _EPOCH) // INTERVAL_SECONDS)
    before = int(said) if said is not None and said.isascii() and said.isdigit() else -1
    if before < current:
        return str(current)
    jitter = random.randint(1, _MOST_JITTER_SECONDS)  # noqa: S311 - spreads load, hides nothing
    return str(before + max(1, jitter // INTERVAL_SECONDS))
