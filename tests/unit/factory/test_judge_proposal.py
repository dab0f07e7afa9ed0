"""A rejected proposal rests with its reason; what was judged cannot be judged again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from darkfactory.factory.hold_retro import hold_retro
from darkfactory.factory.judge_proposal import (
    Decided,
    EditWaits,
    UnknownProposal,
    accept,
    reject,
)
from darkfactory.factory.learn import Learned, learn
from darkfactory.factory.line import Line
from darkfactory.factory.read_history import read_history
from darkfactory.factory.record import Record
from darkfactory.retro.history import Window
from darkfactory.retro.proposal import Proposal
from tests.fakes.gates import SETTINGS
from tests.fakes.repositories import make_repository
from tests.fakes.told import ToldFactory

SKILL = "---\nname: docs\ndescription: Use when docs change.\n---\n# Docs\n\n- Be short, because.\n"


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    """A factory with skill ``docs`` on its base."""
    make_repository(tmp_path, {"skills/docs/SKILL.md": SKILL})
    made = ToldFactory(tmp_path)
    made.line.begin()
    made.line.hub.sync_base()
    return made


def wish(told: ToldFactory, item: str, *texts: str) -> None:
    """Tell of a session with the skill that a person told something."""
    session = told.start(item)
    stream = f"s/{session}"
    told.tell("session.started", session, stream=stream, skills=[{"name": "docs", "version": "1"}])
    for text in texts or ("name the unit",):
        told.tell("control.requested", session, stream=stream, op="steer", by="ada", text=text)
    told.end(session, "proposed")


def cured(told: ToldFactory, item: str, *, by: str) -> None:
    """Tell of a session with the skill in which a command failed until another one had run."""
    session = told.start(item)
    stream = f"s/{session}"
    told.tell("session.started", session, stream=stream, skills=[{"name": "docs", "version": "1"}])
    for command, error in (("pytest", "error: no module named calc"), (by, ""), ("pytest", "")):
        told.tell("tool.started", session, stream=stream, call="1", kind="shell", command=command)
        status = "failed" if error else "ok"
        told.tell("tool.finished", session, stream=stream, call="1", status=status, output=error)
    told.end(session, "proposed")


def learned(told: ToldFactory) -> Learned:
    line = told.line
    return learn(line, read_history(line, 0.0), Window(-1.0, line.clock.now() + 1))


def test_a_rejected_proposal_rests_until_twice_as_many_sessions_show_it(told: ToldFactory) -> None:
    for item in "abc":
        wish(told, item)
    (one,) = learned(told).proposals

    reject(told.line, one.id, by="bob", reason="a matter of the linter")

    assert not learned(told).proposals
    with pytest.raises(Decided, match=f"{one.id} was rejected by bob: a matter of the linter"):
        reject(told.line, one.id, by="bob", reason="again")
    for item in "def":
        wish(told, item)
    assert [again.id for again in learned(told).proposals] == [one.id]


def test_of_two_edits_of_a_skill_accepted_at_once_one_waits(told: ToldFactory) -> None:
    for item in "abc":
        wish(told, item, "name the unit", "say what you ran")
    first, second = learned(told).proposals
    lines = [Line(told.state, SETTINGS, Record(told.state), clock=told.clock) for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(accept, line, one.id, by="bob")
            for line, one in zip(lines, (first, second), strict=True)
        ]
        refused = [one.exception() for one in asked]

    assert sorted(type(one).__name__ for one in refused) == ["EditWaits", "NoneType"]


def test_an_edit_of_a_skill_whose_name_begins_alike_is_no_reason_to_wait(told: ToldFactory) -> None:
    for item in "abc":
        wish(told, item)
    (one,) = learned(told).proposals
    base = learned(told).base
    edit: dict[str, Any] = {
        "item": "skill-rp-1",
        "branch": "skills/docs-more-0.2.0",
        "head": base,
        "base": base,
    }
    told.tell("change.proposed", change="c-other", **edit)

    done = accept(told.line, one.id, by="bob")

    assert done["change"]["state"] == "waiting_taste"


def test_what_the_last_days_show_is_accepted_although_older_sessions_speak_against_it(
    told: ToldFactory,
) -> None:
    for item in "abcd":
        cured(told, item, by=f"make part-{item}")
    told.clock.at += 8 * 86_400
    for item in "efg":
        cured(told, item, by="make deps")
    (one,) = hold_retro(told.line, "7d").learned.proposals

    done = accept(told.line, one.id, by="bob")

    assert not learned(told).proposals
    assert "`make deps` helped in 3 sessions" in done["proposal"]["patch"]


def entered(told: ToldFactory, proposal: Proposal) -> None:
    """Tell of the change that an acceptance makes, which was killed before it was recorded."""
    base = learned(told).base
    edit: dict[str, Any] = {
        "item": f"skill-{proposal.id}", "branch": "skills/docs-1.1.0", "head": base, "base": base,
    }  # fmt: skip
    told.tell("change.proposed", change="c-edit", by="bob", **edit)


def test_an_edit_that_waits_at_the_gate_was_accepted_although_nobody_recorded_it(
    told: ToldFactory,
) -> None:
    for item in "abc":
        wish(told, item)
    (one,) = learned(told).proposals
    entered(told, one)
    told.tell("change.waiting", change="c-edit")

    with pytest.raises(Decided, match="was accepted by bob as c-edit"):
        reject(told.line, one.id, by="ada", reason="no")
    assert not learned(told).proposals


def test_an_edit_whose_entry_was_killed_half_way_can_be_accepted_again(told: ToldFactory) -> None:
    for item in "abc":
        wish(told, item, "name the unit", "say what you ran")
    first, second = learned(told).proposals
    entered(told, first)

    assert {one.id for one in learned(told).proposals} == {first.id, second.id}
    done = accept(told.line, first.id, by="bob")

    assert done["change"]["state"] == "waiting_taste"
    with pytest.raises(EditWaits):
        accept(told.line, second.id, by="bob")


def test_where_nothing_was_ever_done_nothing_is_made_to_say_so(tmp_path: Path) -> None:
    told = ToldFactory(tmp_path)

    with pytest.raises(UnknownProposal):
        accept(told.line, "rp-1", by="bob")
    with pytest.raises(UnknownProposal):
        reject(told.line, "rp-1", by="bob", reason="no")

    assert not list(told.state.root.iterdir())


def test_a_name_that_no_proposal_has_is_asked_wrongly(told: ToldFactory) -> None:
    with pytest.raises(UnknownProposal, match="there is no proposal 'rp-1'"):
        reject(told.line, "rp-1", by="bob", reason="no")
