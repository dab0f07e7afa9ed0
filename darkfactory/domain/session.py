"""Sessions: one agent working on one item in one workspace."""

from enum import StrEnum


class Outcome(StrEnum):
    """How a session ended."""

    PROPOSED = "proposed"
    REPORTED = "reported"
    FAILED = "failed"
    NUKED = "nuked"
    CANCELLED = "cancelled"
    BUDGET = "budget"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"


class State(StrEnum):
    """What a session is doing, as far as facts prove it; what they do not prove is unknown."""

    WORKING = "working"
    WAITING_APPROVAL = "waiting_approval"
    BLOCKED = "blocked"
    IDLE = "idle"
    UNKNOWN = "unknown"
    ENDED = "ended"


class TurnEnd(StrEnum):
    """Why a turn ended."""

    DONE = "done"
    INTERRUPTED = "interrupted"
    MAX_TURNS = "max_turns"
    BUDGET = "budget"
    API_ERROR = "api_error"
    STALLED = "stalled"
    KILLED = "killed"


RUN_STOPPED = "the run was stopped"
"""The reason of a cancel that ends a session together with its whole run."""


class ControlScope(StrEnum):
    """How much of a session a control message means. No message reaches another session."""

    TURN = "turn"
    AGENT = "agent"
    OWN = "own"
    ALL = "all"


class ControlOp(StrEnum):
    """What a person or the factory may ask of a session."""

    STEER = "steer"
    INTERRUPT = "interrupt"
    CANCEL = "cancel"
    APPROVE = "approve"
    DENY = "deny"
    PAUSE = "pause"
    RESUME = "resume"
