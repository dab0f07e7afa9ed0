"""Items that were nuked: what a person is shown before they start again, or the next run does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from darkfactory.domain.counting import counted
from darkfactory.domain.session import Outcome
from darkfactory.factory.disposition import Standing, needs_triage, standing
from darkfactory.factory.line import Line
from darkfactory.factory.record import Record
from darkfactory.factory.words import lessons_of


@dataclass(frozen=True, slots=True)
class Untriaged:
    """Why an item waits, for a person or a run, and what its last session has taught."""

    reason: str
    lessons: str
    then: str


def is_untriaged(record: Record, item: str) -> bool:
    """Tell whether no run starts *item* by itself any more, because it was nuked twice."""
    sessions, change = record.attempted(item), record.changes.of_item(item)
    over = standing(sessions, change) in (Standing.FAILED, Standing.BOUNCED)
    return over and needs_triage(sessions)


def untriaged_items(line: Line) -> list[str]:
    """Return the items of the plan that need triage by a person."""
    plan = line.record.plan
    items = [row.item.id for row in (plan.plan.items if plan else ()) if row.duplicate_of is None]
    return [item for item in items if is_untriaged(line.record, item)]


def look_at_untriaged(line: Line, item: str) -> Untriaged | None:
    """Return why *item* needs triage, None where it does not."""
    if not is_untriaged(line.record, item):
        return None
    return _look(line, item, "needs triage, nuked twice", start_again(item))


def is_nuked_once(record: Record, item: str) -> bool:
    """Tell whether the next run starts *item* once more, because it was nuked."""
    sessions = record.attempted(item)
    last = sessions[-1] if sessions else None
    if last is None or last.before_word or last.outcome is not Outcome.NUKED:
        return False
    failed = standing(sessions, record.changes.of_item(item)) is Standing.FAILED
    return failed and not needs_triage(sessions)


def look_at_nuked_once(line: Line, item: str) -> Untriaged | None:
    """Return why *item* is started once more, None where that is not so."""
    if not is_nuked_once(line.record, item):
        return None
    return _look(line, item, "nuked once", "`df run` starts it once more, with these lessons")


def _look(line: Line, item: str, how: str, then: str) -> Untriaged:
    rows = line.record.sessions_of(item)
    reason = str(rows[-1].ends[-1].get("reason") or "no reason is on record")
    lessons = lessons_of(line, rows, line.record.changes.of_item(item))
    return Untriaged(f"{how}: {reason}", lessons, then)


def untriaged_words(items: Sequence[str]) -> str:
    """Return what is told of *items* that need triage."""
    verb = "needs" if len(items) == 1 else "need"
    told = f"{counted(len(items), 'item')} {verb} triage, nuked twice"
    return f"{told}: `df triage --explain {items[0]}` tells what was tried"


def start_again(item: str) -> str:
    """Return how a person starts an item again that no run starts by itself."""
    return f"`df assign {item} LANE` or `df run --item {item}` starts it again"


def untriaged_facts(told: Untriaged) -> Iterator[tuple[str, str]]:
    """Yield what ``df triage --explain`` says of it, each with its label."""
    yield "stands", told.reason
    for at, line in enumerate(told.lessons.splitlines()):
        yield "" if at else "lessons", line
    yield "next", told.then
