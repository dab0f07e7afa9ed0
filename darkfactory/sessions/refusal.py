"""Which control messages a running session cannot obey, and why not."""

from collections.abc import Collection
from dataclasses import dataclass

from darkfactory.domain.session import ControlOp, ControlScope
from darkfactory.sessions.inbox import ControlMessage


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides it.

    Args:
        agent: The agent that the session runs.
        in_turn: Whether a turn of it is running.
        approvals: The requests that may be answered.
        ending: Why the session is ending, None while it is not.
    """

    agent: str
    in_turn: bool
    approvals: Collection[str]
    ending: str | None


def refusal(message: ControlMessage, now: Situation) -> str | None:
    """Return why *message* cannot be obeyed *now*, None where it can."""
    missed = message.missed(now.agent)
    if missed is not None:
        return missed
    if message.op is ControlOp.CANCEL and not message.ends_turn_only:
        return None  # also of a session that is ending: a person's verdict stands above others
    if now.ending is not None:
        return f"the session is ending: {now.ending}"
    if _needs_turn(message) and not now.in_turn:
        return "no turn is running"
    match message.op:
        case ControlOp.STEER:
            return None if message.text else "a steer needs a text"
        case ControlOp.APPROVE | ControlOp.DENY:
            known = message.request in now.approvals
            return None if known else f"no open approval {message.request!r}"
        case ControlOp.PAUSE | ControlOp.RESUME:
            return f"a session has no {message.op}: interrupt it, then steer it"
    return None


def _needs_turn(message: ControlMessage) -> bool:
    """An interrupt with words needs none: idle agents are simply told."""
    if message.op is ControlOp.INTERRUPT:
        return not message.text
    return message.scope is ControlScope.TURN
