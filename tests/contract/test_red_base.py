"""A base that was green and turns red: what people, the gate and the plan are told."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.factories import CALC, CHECK, FIXED, Factory, edit_calc, make_factory
from tests.fakes.repositories import Repository

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    """A factory whose base was seen to be green before a person broke it."""
    script = {"sessions": [edit_calc("Make main green again")]}
    made = make_factory(tmp_path, script, [], files={"calc.py": FIXED}, harness=CHECK)
    made.df("run")
    repository = Repository(made.root)
    repository.commit("Fine", {"fine.txt": "fine\n"})
    repository.commit("Break it", {"calc.py": CALC})
    repository.commit("Later", {"later.txt": "later\n"})
    yield made
    made.end()


def test_a_run_freezes_landing_names_who_did_it_and_has_it_fixed(factory: Factory) -> None:
    factory.df("run")

    status = factory.json("status")
    changes = factory.json("gate")["changes"]
    revert, fix = sorted(changes, key=lambda row: str(row["item"]), reverse=True)
    frozen = status["frozen"]
    assert frozen["subject"] == "Break it"
    assert (revert["item"], fix["item"]) == (frozen["revert"], frozen["fixer"])
    assert (revert["state"], fix["state"]) == ("waiting_taste", "waiting_taste")
    assert frozen["reason"] in factory.df("status").stdout
    assert frozen["reason"] in factory.json("brief")["attention"]
    *_, told, step = factory.df("gate", "list").stderr.splitlines()
    assert (told, step) == (
        f"landing is frozen: {frozen['reason']}",
        f"Next: df gate show {revert['id']}",
    )


def test_a_fix_that_lands_thaws_the_gate_and_takes_the_revert_away(factory: Factory) -> None:
    factory.df("run")
    fixer = factory.json("status")["frozen"]["fixer"]

    landed = factory.json("gate", "approve", fixer)

    assert [row["id"] for row in landed["landed"]] == [f"c-{fixer}"]
    assert factory.json("status")["frozen"] is None
    assert factory.json("gate")["changes"] == []


def test_a_gate_that_only_watches_freezes_for_what_somebody_pushes(factory: Factory) -> None:
    factory.start("gate", "land", "--watch")

    factory.wait_for("gate.frozen", searched=True)
    factory.wait(lambda: len(factory.json("gate")["changes"]) == 1)

    assert json.loads(factory.df("status", "--json").stdout)["frozen"]["author"]
