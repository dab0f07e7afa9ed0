"""Rules of skills that the gate enforces, through the real commands with mock agents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fakes.factories import Factory, bug, make_factory, write_note

SKILL = "---\nname: commit\ndescription: Use before you commit.\n---\n\nBODY\n"
SIDE = """\
version: 1.2.0
non_negotiables:
  - id: NN-1
    text: Never skip hooks
    why: they are the check
    check: {trace: {never: {tool: shell, arg: --no-verify}}}
    enforce: gate
  - {id: NN-2, text: Leave the check alone, check: {git: {untouched: [check.txt]}}, enforce: gate}
  - {id: NN-3, text: Make no note, check: {file_absent: notes/*}}
"""
CHECK = {"path": "{cwd}/check.txt", "content": "x\n"}
TAKES_IT_OUT = (
    "echo git commit --no-verify; echo 'version: 9' > skills/commit/df.yaml; echo > b.txt"
)
SCRIPT: dict[str, Any] = {
    "sessions": [
        write_note("kept"),
        {"marker": "skips", "turns": [{"do": [{"shell": TAKES_IT_OUT}]}, {"say": "Done."}]},
        {
            "marker": "mends",
            "turns": [
                {"do": [{"write": CHECK}, {"shell": "echo a > mends.txt"}]},
                {"say": "Done."},
                {"do": [{"shell": "rm check.txt"}]},
                {"say": "Taken out."},
            ],
        },
    ]
}


@dataclass
class Seen:
    """What was on record before somebody approved what breaks a rule, and after."""

    factory: Factory
    landed: set[str]
    shown: dict[str, Any]
    page: str
    refused: str


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """A lane that lands alone, after a run in which one change kept its rules and two did not."""
    made = make_factory(
        tmp_path_factory.mktemp("enforced"),
        SCRIPT,
        [bug("kept"), bug("skips"), bug("mends")],
        lane="autonomy: land, skills: [commit]",
        files={"skills/commit/SKILL.md": SKILL, "skills/commit/df.yaml": SIDE},
    )
    made.df("run")
    landed = {entry["change"] for entry in log_of(made, "landed")}
    shown, page = made.json("gate", "show", "skips")["change"], made.df("gate", "show", "skips")
    refused = made.df("gate", "approve", "skips", "--yes", expect=2).stderr
    made.df("gate", "approve", "skips", "--yes", "-m", "the hook is broken itself")
    yield Seen(made, landed, shown, " ".join(page.stdout.split()), refused)
    made.end()


def log_of(factory: Factory, event: str) -> list[dict[str, Any]]:
    log = factory.json("gate", "log")["entries"]
    return [entry for entry in log if entry["event"] == event]


def test_what_keeps_its_rules_lands_alone_and_so_does_what_was_mended(seen: Seen) -> None:
    (rework,) = [event.data for event in seen.factory.events() if event.type == "change.rework"]

    assert seen.landed == {"c-kept", "c-mends"}
    assert (rework["change"], rework["by"], rework["reason"]) == ("c-mends", "gate", "rules")
    assert "commit/NN-2: Leave the check alone. Found: touched: check.txt" in rework["text"]


def test_a_change_that_breaks_one_waits_whatever_it_did_to_the_library(seen: Seen) -> None:
    (broken,) = [rule for rule in seen.shown["rules"] if rule["state"] == "broken"]

    assert (broken["skill"], broken["id"], broken["mends"]) == ("commit", "NN-1", False)
    assert "git commit --no-verify" in broken["because"]
    assert any("commit/NN-1" in why for why in seen.shown["waits_for_person"])
    assert "BREAKS RULE commit/NN-1: Never skip hooks. Why: they are the check." in seen.page


def test_a_yes_to_it_wants_a_reason_which_is_on_record(seen: Seen) -> None:
    (approved,) = [row for row in log_of(seen.factory, "approved") if row["change"] == "c-skips"]

    assert "breaks commit/NN-1: it is not approved without a reason" in seen.refused
    assert approved["text"] == "the hook is broken itself"
    assert "c-skips" in {entry["change"] for entry in log_of(seen.factory, "landed")}
