"""A lane that landed what should not have landed: it proposes until a person trusts it again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.repositories import Repository

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    """A factory whose lane has landed a note by itself."""
    script = {"sessions": [write_note("note"), write_note("more")]}
    made = make_factory(tmp_path, script, [bug("note")], lane="autonomy: land")
    made.df("run")
    yield made
    made.end()


def states(factory: Factory) -> dict[str, str]:
    log = factory.json("gate", "log")["entries"]
    return {entry["item"]: entry["event"] for entry in log}


def work_on_more(factory: Factory) -> None:
    (factory.root / "backlog.yaml").write_text(json.dumps([bug("note"), bug("more")]))
    factory.df("run")


def test_what_should_not_have_landed_demotes_its_lane_until_a_person_trusts_it(
    factory: Factory,
) -> None:
    told = factory.json("gate", "audit", "note", "--wrong", "-m", "it lies")
    work_on_more(factory)
    waits = factory.json("gate", "show", "more")["change"]["waits_for_person"]
    status = factory.json("status")
    trusted = factory.json("gate", "audit", "--trust", "bugs")

    reason = "tester says c-note should not have landed: it lies"
    assert told["demoted"] == [{"lane": "bugs", "change": "c-note", "reason": reason}]
    assert states(factory)["more"] == "waiting"
    assert [reason in text for text in waits] == [True]
    assert [one["reason"] for one in status["demoted"]] == [reason]
    assert "landed" in {entry["event"] for entry in factory.json("gate", "log")["entries"]}
    assert trusted["demoted"] == []


def test_a_landing_that_somebody_reverts_demotes_its_lane(factory: Factory) -> None:
    repository = Repository(factory.root)
    repository.git("revert", "--no-edit", "-m", "1", "HEAD")

    work_on_more(factory)

    assert states(factory)["more"] == "waiting"
    (demoted,) = factory.json("status")["demoted"]
    assert (demoted["lane"], demoted["reason"]) == ("bugs", "c-note was reverted")


def test_an_edit_of_the_lane_lifts_it(factory: Factory) -> None:
    factory.df("gate", "audit", "note", "--wrong")
    lanes = factory.root / "lanes.yaml"

    lanes.write_text(lanes.read_text().replace("autonomy: land", "autonomy: land, attempts: 3"))

    assert factory.json("status")["demoted"] == []


def test_an_audit_that_says_nothing_is_refused(factory: Factory) -> None:
    for asked in (("note",), ("note", "--fine", "--wrong"), ("--wrong",), ("--trust", "rest")):
        factory.df("gate", "audit", *asked, expect=2)
    assert factory.json("gate", "audit", "note", "--fine")["demoted"] == []
