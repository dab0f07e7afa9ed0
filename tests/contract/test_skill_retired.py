"""A skill that evals found to bring nothing is retired through the gate, and brought back."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from darkfactory.evals.result import CellResult
from darkfactory.evals.result_lines import result_line
from darkfactory.skills import skills_for
from darkfactory.skills.lock import FILE, check_locked, read_lock, read_tombstones
from darkfactory.skills.snapshot import content_hash
from tests.fakes.factories import Factory, bug, edit_calc, make_factory
from tests.fakes.repositories import Repository

SKILL = "---\nname: docs\ndescription: Use when code with a docstring changes.\n---\n# Docs\n"
FILES = {
    "skills/docs/SKILL.md": SKILL,
    "skills/docs/df.yaml": "version: 0.3.0\n",
    "skills/docs/scripts/run.sh": "echo hello\n",
}


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """A repository with a locked skill of which twenty scenarios say that it does nothing."""
    made = make_factory(
        tmp_path_factory.mktemp("retired"),
        {"sessions": [edit_calc("one"), edit_calc("two")]},
        [bug("one")],
        files=FILES,
        lane="skills: [docs]",
    )
    made.df("skills", "lock", "docs", "--yes")
    Repository(made.root).commit("Agree to docs", {FILE: (made.root / FILE).read_text()})
    made.df("run")
    tree = content_hash(skills_for(["docs"], made.root)[0])
    cells = (
        CellResult(f"s{at}", condition, "mock", completeness=0.5, tree=of)
        for at in range(20)
        for condition, of in (("baseline", None), ("skill", tree))
    )
    path = made.state.evals / "docs-1" / "results.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(map(result_line, cells)))
    return made


def listed(factory: Factory) -> dict[str, Any]:
    (row,) = factory.json("skills", "list")["skills"]
    return dict(row)


@dataclass(frozen=True)
class Before:
    """What was said before anybody judged."""

    proposal: dict[str, Any]
    screen: str
    row: dict[str, Any]
    refused: str


@pytest.fixture(scope="module")
def before(factory: Factory) -> Before:
    """What a person reads before anything is judged."""
    (proposal,) = factory.json("retro")["proposals"]
    proved = factory.df("retro", "accept", proposal["id"], "--prove", "--yes", expect=2)
    return Before(dict(proposal), factory.df("retro").stdout, listed(factory), proved.stderr)


@pytest.fixture(scope="module")
def landed(factory: Factory, before: Before) -> Factory:
    """The same repository once a person has accepted the proposal and approved its change."""
    change = factory.json("retro", "accept", before.proposal["id"])["change"]
    factory.df("gate", "approve", change["id"], "-m", "It does nothing.")
    return factory


def test_a_skill_on_probation_is_proposed_to_be_retired_with_its_figures(before: Before) -> None:
    proposal = before.proposal

    assert (proposal["type"], proposal["from"], proposal["to"]) == ("RETIRE", "0.3.0", "0.3.0")
    assert proposal["flags"] == ["takes the whole skill out of use"]
    assert proposal["support"] == {"sessions": 40, "items": 20}
    assert "+0 to +0 points over 20 scenarios" in proposal["reason"]
    assert "rename to skills/retired/docs/SKILL.md" in proposal["patch"]
    assert "RETIRE in docs 0.3.0, -" in before.screen
    assert before.row["status"] == "probation"
    assert "there is no newer version to try" in before.refused


def test_the_folder_moves_whole_the_lock_keeps_a_tombstone_and_one_command_undoes_it(
    landed: Factory,
) -> None:
    git = Repository(landed.root).git
    names = git("ls-tree", "-r", "--name-only", "main", "skills/").split()
    entry = json.loads(git("show", "main:skills/retired/docs/HISTORY.jsonl"))
    stone = read_tombstones(landed.root)["docs"]

    assert names == [
        *(f"skills/retired/docs/{name}" for name in ("HISTORY.jsonl", "SKILL.md", "df.yaml")),
        "skills/retired/docs/scripts/run.sh",
        "skills/skills.lock.json",
    ]
    assert (entry["type"], entry["decision"]["by"]) == ("RETIRE", "tester")
    assert (stone.version, stone.by) == ("0.3.0", "tester")
    assert read_lock(landed.root) == {}
    told = [event.data["skill"] for event in landed.events() if event.type == "skill.changed"]
    assert told == ["docs"]

    _nobody_looks_at_it(landed)
    _its_lane_goes_without(landed)
    _it_comes_back(landed)


def _nobody_looks_at_it(landed: Factory) -> None:
    row = listed(landed)

    assert (row["status"], row["next"]) == ("retired", "df skills restore docs")
    assert "by tester on 20" in row["reason"]
    assert landed.df("skills", "lint", expect=2).stderr.startswith("error: no skill to look at")
    assert landed.json("retro")["proposals"] == []
    assert "is retired" in landed.df("skills", "lock", "docs", "--yes", expect=2).stderr


def _its_lane_goes_without(landed: Factory) -> None:
    (landed.root / "backlog.yaml").write_text(json.dumps([bug("one"), bug("two")]))

    said = landed.df("run", expect=None).stderr

    assert "skill docs is retired, so its sessions go without it" in " ".join(said.split())
    looked = landed.df("doctor", expect=None).stdout
    assert "take it out of lanes.yaml" in " ".join(looked.split())
    (started,) = (e for e in landed.events("s/s-two-1") if e.type == "session.started")
    assert started.data["skills"] == []


def _it_comes_back(landed: Factory) -> None:
    landed.df("skills", "restore", "docs")

    (skill,) = skills_for(["docs"], landed.root)
    last = (skill.path / "HISTORY.jsonl").read_text().splitlines()[-1]
    locked = read_lock(landed.root)
    check_locked(skill, locked)
    assert json.loads(last)["type"] == "RESTORE"
    assert (locked["docs"].reviewed_by, read_tombstones(landed.root)) == ("tester", {})
    assert not (landed.root / "skills/retired/docs").exists()
    assert "no retired skill 'docs'" in landed.df("skills", "restore", "docs", expect=2).stderr
