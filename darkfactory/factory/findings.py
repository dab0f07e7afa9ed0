"""What a look at the factory found: one finding a thing, with the fix where it needs one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from darkfactory.errors import FactoryError

_LOOK_YOURSELF = "look at it by hand, then run `df doctor` again"


class Health(StrEnum):
    """How one thing is. ``unknown``: it could not be looked at, and the detail says why."""

    OK = "ok"
    ATTENTION = "attention"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is; *fix* is the next step, empty where none is needed."""

    name: str
    state: Health
    detail: str
    fix: str = ""


def fine(name: str, detail: str) -> Finding:
    """Return the finding that *name* is as it should be."""
    return Finding(name, Health.OK, detail)


def attention(name: str, detail: str, fix: str) -> Finding:
    """Return the finding that somebody should do *fix*."""
    return Finding(name, Health.ATTENTION, detail, fix)


def unknown(name: str, detail: str) -> Finding:
    """Return the finding that *name* could not be looked at."""
    return Finding(name, Health.UNKNOWN, detail)


def looked(name: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield what *look* finds; a failure on the way is a finding as well."""
    try:
        yield from look()
    except FactoryError as error:
        yield attention(name, error.problem, error.fix)
    except OSError as error:
        yield attention(name, f"cannot be looked at: {error}", _LOOK_YOURSELF)
