"""What the name of a stream says: which are the factory's own, and what they hold."""

import re
from functools import lru_cache

FACTORY = "factory"
"""The stream that the factory's own processes write; to everybody else it is there to be read."""

_REMEMBERED = 1024  # the paths in use are few, and asked about with each request
_CONTROL = re.compile(r"s/([^/]+)/control")
_PRESENCE = re.compile(r"s/([^/]+)/presence")
_SESSION = re.compile(r"s/([^/]+)")


def is_record(path: str) -> bool:
    """Tell whether *path* is one of the factory's own streams."""
    return path == FACTORY or path.startswith("s/")


@lru_cache(1024)
@lru_cache(_REMEMBERED)
def controlled(path: str) -> str | None:
    """Return the session whose control stream *path* is, None if it is none."""
    found = _CONTROL.fullmatch(path)
    return found[1] if found else None


@lru_cache(1024)
@lru_cache(_REMEMBERED)
def attended(path: str) -> str | None:
    """Return the session whose presence stream *path* is, None if it is none."""
    found = _PRESENCE.fullmatch(path)
    return found[1] if found else None


@lru_cache(1024)
@lru_cache(_REMEMBERED)
def logged(path: str) -> str | None:
    """Return the session whose log *path* is, None if it is none."""
    found = _SESSION.fullmatch(path)
    return found[1] if found else None
