"""What the gate says of the facts that a session was steered about: whether they are gone."""

from collections.abc import Iterable

from darkfactory.gate.record import Change


def facts_gone(changes: Iterable[Change], session: str) -> dict[str, bool]:
    """Return of each fact whether the gate found nothing of it in what *session* left.

    A claim holds where the checks are green; a check was not made weaker where no test says less.
    Without a change nothing is known, without a result of the checks no claim.
    """
    left = [change for change in changes if change.session == session]
    if not left:
        return {}
    gone = {"tamper": not any(_weakens(change) for change in left)}
    checked = [change.check["green"] for change in left if "green" in change.check]
    return {**gone, "bluff": all(checked)} if checked else gone


def _weakens(change: Change) -> bool:
    facts = change.facts
    return any(facts.get(name) for name in ("tampered", "bypasses", "silenced"))
