"""Profile ``spec`` agrees with the standard's reference validator, ``skills-ref`` 0.1.1.

Where it does not, the difference is listed here, with a skill that shows it. What the validator
says is recorded; where it is installed (``pip install skills-ref==0.1.1``) it is asked anew.
Agreement on real skills is held on a corpus that is not part of this repository:
DARKFACTORY_SKILLS_CORPUS names a folder with a MANIFEST.json of them.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import process_time

import pytest

from darkfactory.skills.lint.engine import Choice, lint
from darkfactory.skills.lint.reader import read_skill

CORPUS = os.environ.get("DARKFACTORY_SKILLS_CORPUS")
TODAY = date(2026, 11, 1)
SAYS = "description: Use when committing.\n"
HEAD = f"---\nname: commit\n{SAYS}"
MOST_MILLISECONDS = 10.0  # twice what is promised: others may use the machine


@dataclass(frozen=True)
class Case:
    """A SKILL.md, and whether the validator and we take it for one."""

    name: str
    text: str | bytes
    theirs: bool
    ours: bool
    folder: str = "commit"

    def write(self, root: Path) -> Path:
        place = root / self.folder
        place.mkdir()
        text = self.text if isinstance(self.text, bytes) else self.text.encode()
        (place / "SKILL.md").write_bytes(text)
        return place


def named(name: str) -> str:
    return f"---\nname: {name}\n{SAYS}---\nBody\n"


DIFFERENT = (
    Case("a flow mapping", "---\n{name: commit, description: Use it.}\n---\nBody\n", False, True),
    Case("a flow value", f"{HEAD}metadata: {{a: b}}\n---\nBody\n", False, True),
    Case("a flow list", f"{HEAD}allowed-tools: [Read]\n---\nBody\n", False, True),
    Case("a merge key", f"{HEAD}metadata:\n  <<: {{a: b}}\n---\nBody\n", False, True),
    Case("an anchor", "---\nname: commit\ndescription: &d Use it.\n---\nBody\n", False, True),
    Case("a tab before a value", "---\nname: commit\ndescription:\tUse it.\n---\n", False, True),
    # The validator ends the front matter at the first ---, wherever it stands.
    Case("dashes in a value", "---\ndescription: a --- b\nname: commit\n---\n", False, True),
    Case("a null by its sign", "---\nname: commit\ndescription: ~\n---\nBody\n", True, False),
    Case("letters beyond a to z", named("übung"), True, False, "übung"),
    Case("letters of another script", named("技能"), True, False, "技能"),
)
ALIKE = (
    Case("the standard's own form", f"{HEAD}---\nBody\n", True, True),
    Case("quotes", "---\nname: \"commit\"\ndescription: 'Use it.'\n---\nBody\n", True, True),
    Case("a folded value", "---\nname: commit\ndescription: >-\n  a\n  b\n---\nBody\n", True, True),
    Case("comments", f"---\n# x\nname: commit\n{SAYS}---\nBody\n", True, True),
    Case("CRLF", f"{HEAD}---\nBody\n".replace("\n", "\r\n"), True, True),
    Case("a list in block style", f"{HEAD}allowed-tools:\n  - Read\n---\nBody\n", True, True),
    Case("nested metadata", f"{HEAD}metadata:\n  a:\n    b: c\n---\nBody\n", True, True),
    Case("no body", f"{HEAD}---\n", True, True),
    Case("a number for a name", named("123"), True, True, "123"),
    Case("tags in the description", f"---\nname: commit\n{SAYS[:-1]} <b>\n---\n", True, True),
    Case("a byte order mark", f"\ufeff{HEAD}---\nBody\n", False, False),
    Case("Latin-1", f"{HEAD}---\nBody ".encode() + b"\xe9\n", False, False),
    Case("a key of its own", f"{HEAD}version: 1\n---\nBody\n", False, False),
    Case("a key twice", f"{HEAD}{SAYS}---\nBody\n", False, False),
    Case("a tag of YAML", "---\nname: commit\ndescription: !!str a\n---\nBody\n", False, False),
    Case("a colon in a value", "---\nname: commit\ndescription: a: b\n---\nBody\n", False, False),
    Case("no description", "---\nname: commit\ndescription:\n---\nBody\n", False, False),
    Case("blanks for one", "---\nname: commit\ndescription: '  '\n---\nBody\n", False, False),
    Case("a long one", f"---\nname: commit\ndescription: {'x' * 1025}\n---\n", False, False),
    Case("a long compatibility", f"{HEAD}compatibility: {'x' * 501}\n---\n", False, False),
    Case("another name than the folder", f"{HEAD}---\nBody\n", False, False, "other"),
    Case("capitals", named("Commit"), False, False, "Commit"),
    Case("two hyphens", named("a--b"), False, False, "a--b"),
    Case("a hyphen at the edge", named("-a"), False, False, "-a"),
    Case("a long name", named("a" * 65), False, False, "a" * 65),
    Case("no end", f"{HEAD}\nBody\n", False, False),
    Case("a line before", f"\n{HEAD}---\nBody\n", False, False),
    Case("a list for a mapping", "---\n- a\n---\nBody\n", False, False),
)


def is_taken(folder: Path) -> bool:
    (found,) = lint([read_skill(folder, TODAY)], Choice("spec"))
    return not any(each.severity == "error" for each in found)


@pytest.mark.parametrize("case", [*DIFFERENT, *ALIKE], ids=lambda case: case.name)
def test_a_skill_is_taken_or_refused_as_it_is_listed(case: Case, tmp_path: Path) -> None:
    assert is_taken(case.write(tmp_path)) is case.ours


def test_only_listed_differences_are_differences() -> None:
    assert all(case.ours is not case.theirs for case in DIFFERENT)
    assert all(case.ours is case.theirs for case in ALIKE)


def test_the_validator_says_what_is_recorded_of_it(tmp_path: Path) -> None:
    validator = pytest.importorskip("skills_ref", reason="skills-ref 0.1.1 is not installed")
    wrong = []

    for at, case in enumerate((*DIFFERENT, *ALIKE)):
        (tmp_path / str(at)).mkdir()
        try:
            taken = not validator.validate(case.write(tmp_path / str(at)))
        except UnicodeDecodeError:  # it does not look at what is no UTF-8
            taken = False
        if taken is not case.theirs:
            wrong.append(case.name)

    assert wrong == []


_LISTED = re.compile(r"disallowed (?:JSONesque flow|anchor)|'\\t' that cannot start any token")


def _stored() -> Iterator[tuple[Path, list[str]]]:
    """Yield each skill of the corpus that is there, and what the validator said of it."""
    root = Path(CORPUS or "")
    for entry in json.loads((root / "MANIFEST.json").read_text(encoding="utf-8")):
        if (root / entry["stored"]).is_file():
            yield (root / entry["stored"]).parent, entry["skills_ref_0_1_1"]


@pytest.mark.skipif(CORPUS is None, reason="DARKFACTORY_SKILLS_CORPUS names no corpus")
def test_profile_spec_agrees_with_the_validator_on_real_skills() -> None:
    wrong = [
        str(folder)
        for folder, said in _stored()
        if is_taken(folder) is bool(said) and not any(map(_LISTED.search, said))
    ]

    assert wrong == []


@pytest.mark.skipif(CORPUS is None, reason="DARKFACTORY_SKILLS_CORPUS names no corpus")
def test_every_rule_over_real_skills_costs_a_few_milliseconds_a_skill() -> None:
    folders = [folder for folder, _ in _stored()]

    spent = []
    for _ in range(3):  # the first time patterns are compiled; any time others may take the caches
        began = process_time()
        lint([read_skill(folder, TODAY) for folder in folders], Choice())
        spent.append((process_time() - began) * 1000)

    assert min(spent) / len(folders) <= MOST_MILLISECONDS
