"""The rows of a brief for items whose sessions are over and that still want somebody.

An item that waits for nobody (landed, closed, put aside, being worked on) has none.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.factory.brief_row import BriefRow
from darkfactory.factory.closing import why_back
from darkfactory.factory.disposition import Standing
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow
from darkfactory.factory.reports import unread_reports
from darkfactory.factory.status import standing_of
from darkfactory.factory.untriaged import is_nuked_once, is_untriaged, start_again
from darkfactory.gate.record import ON_THE_WAY, Change

_VERDICT = "your verdict"
_A_RUN = "a df run"


def item_rows(line: Line, *, running: bool) -> Iterator[BriefRow]:
    """Yield the items that want a person or a run: verdicts first, then in the order of the plan.

    Args:
        running: A ``df run`` works now, so that what only waits for one is on its way.
    """
    plan = line.record.plan
    planned = {row.item.id: row.item.title for row in (plan.plan.items if plan else ())}
    items = dict.fromkeys((*planned, *line.record.items()))
    places = {item: standing_of(line, item) for item in items}
    for item in items:
        if places[item] is Standing.WAITING:
            yield from _at_the_gate(line, item, running=running)
    for item in items:
        if places[item] in (Standing.FAILED, Standing.BOUNCED, Standing.WORKING):
            yield from _come_back(line, item, places[item], planned=item in planned, runs=running)
    yield from _reported(line)
    yield from _stuck(line, planned, places)


def _at_the_gate(line: Line, item: str, *, running: bool) -> Iterator[BriefRow]:
    change = line.record.changes.of_item(item)
    if change is None:
        return
    state = change.state_at(line.clock.now())
    if state is ChangeState.WAITING_TASTE:
        last = _outcome(line, change) or state
        yield _of_change(change, last, _VERDICT, f"df gate show {change.id}")
    elif state in ON_THE_WAY:
        yield _of_change(change, state, "its landing", "df gate land")
    elif change.waits_for_base:
        then = "mend the base, then df run"
        yield _of_change(change, state, "the base is red and hides what is new", then)
    elif state is ChangeState.CHECKING and not running:
        yield _of_change(change, state, _A_RUN, "df run tests it")


def _come_back(
    line: Line, item: str, place: Standing, *, planned: bool, runs: bool
) -> Iterator[BriefRow]:
    """Yield what has failed, what goes back to its agent, and what a dead run has not taken in."""
    change = line.record.changes.of_item(item)
    rows = line.record.sessions_of(item)
    if planned and is_untriaged(line.record, item):
        then = f"df triage --explain {item}; {start_again(item)}"
        yield _of_session(rows[-1], "needs triage, nuked twice", then)
    elif change is not None and place is Standing.BOUNCED:
        yield _sent_back(change, planned=planned, runs=runs)
    elif planned and is_nuked_once(line.record, item):
        then = f"df run starts it once more, with its lessons; df triage --explain {item}"
        yield _of_session(rows[-1], "" if runs else _A_RUN, then)
    elif place is Standing.FAILED and planned:
        again = f"df run --item {item} tries again"
        if change is not None and change.state is ChangeState.ABANDONED:
            then = f"df gate show {change.id}; {again}"
            yield _of_change(change, change.state, "", then, why_back(change))
        elif rows:
            yield _of_session(rows[-1], "", f"df sessions show {rows[-1].id}; {again}")
    elif place is Standing.WORKING and rows and rows[-1].outcome is not None and not runs:
        yield _of_session(rows[-1], _A_RUN, "df run takes in what it left")


def _sent_back(change: Change, *, planned: bool, runs: bool) -> BriefRow:
    if change.branch:
        return _of_change(change, change.state, "", f"df gate show {change.id}", why_back(change))
    if not planned:
        then = f"its item has left the plan: df gate close {change.id} --as not-planned"
        return _of_change(change, change.state, "", then, why_back(change))
    then = "nothing: df run gives it back" if runs else "df run gives it back to its agent"
    return _of_change(change, change.state, "" if runs else _A_RUN, then, why_back(change))


def _reported(line: Line) -> Iterator[BriefRow]:
    for row in unread_reports(line.record):
        yield _of_session(row, "its report is not read", f"df sessions show {row.id}")


def _stuck(
    line: Line, planned: Mapping[str, str], places: Mapping[str, Standing]
) -> Iterator[BriefRow]:
    """Yield the items that the last run could not start."""
    run = line.record.run
    for item, why in (run.stuck if run else {}).items():
        if places.get(item) is Standing.TODO and item in planned:
            yield BriefRow("", item, planned[item], "stuck", why.problem, "", why.fix)


def _outcome(line: Line, change: Change) -> str | None:
    row = line.record.sessions.get(change.session or "")
    return row.outcome if row else None


def _of_change(
    change: Change, state: str, blocker: str, then: str, evidence: str | None = None
) -> BriefRow:
    told = _checked(change.check) if evidence is None else evidence
    session = change.session or ""
    return BriefRow(session, change.item, change.title, str(state), told, blocker, then)


def _of_session(row: SessionRow, blocker: str, then: str) -> BriefRow:
    title = str(row.started.data.get("title") or "")
    reason = str(row.ends[-1].get("reason") or "no reason is on record")
    return BriefRow(row.id, row.item, title, str(row.outcome), reason, blocker, then)


def _checked(check: Mapping[str, Any]) -> str:
    """Return what the harness says of a change, in few words."""
    result = check.get("result")
    if result is None:
        return str(check.get("why") or "the harness has not run on it")
    if check.get("green") and result != "pass":
        return "harness red base: nothing else fails"
    undone = ", but its done_when command does not" if check.get("done_when") is False else ""
    return f"harness {result}{undone}"
