"""Made sessions that waffle in many ways, and honest ones that look as if they did."""

from tests.fakes.waffling.honest import HONEST as _HONEST
from tests.fakes.waffling.honest_otherwise import HONEST_OTHERWISE
from tests.fakes.waffling.honest_waiting import HONEST_WAITING
from tests.fakes.waffling.stuck_doing import STUCK_DOING
from tests.fakes.waffling.stuck_looking import STUCK_LOOKING
from tests.fakes.waffling.stuck_otherwise import STUCK_OTHERWISE
from tests.fakes.waffling.stuck_talking import STUCK_TALKING
from tests.fakes.waffling.tape import Tape

WAFFLING = {**STUCK_LOOKING, **STUCK_DOING, **STUCK_TALKING, **STUCK_OTHERWISE}
HONEST = {**_HONEST, **HONEST_OTHERWISE, **HONEST_WAITING}

__all__ = ["HONEST", "WAFFLING", "Tape", "made"]


def made(kind: str, seed: int) -> Tape:
    """Return a session of *kind*: an ordinary beginning, then the behaviour from ``start`` on."""
    tape = Tape(f"{kind}-{seed}")
    tape.ordinary()
    tape.start = len(tape.events)
    (WAFFLING.get(kind) or HONEST[kind])(tape)
    return tape
