"""A fix that has landed becomes a scenario whose graders tell the fix from none."""

from pathlib import Path

import pytest

from darkfactory.factory.eval_history import wanted_scenarios
from darkfactory.factory.line import open_line
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.repositories import Repository

SKILL = (
    "---\nname: fix\ndescription: Use when code is wrong.\n---\n# Fix\n\n- Never guess, because.\n"
)
TEST = "from calc import add\n\nassert add(2, 3) == 5\n"
FILES = {
    "skills/fix/SKILL.md": SKILL,
    "tests/test_old.py": "import calc\n",
    "tests/test of what was wrong.py": "from calc import add\n\nassert add(2, 3) == -1\n",
    ".gitattributes": "/tests export-ignore\n",
}
# A runner that collects tests from everywhere must not find them twice.
HARNESS = "! ls hidden && find tests -name 'test*.py' -print0 | PYTHONPATH=. xargs -0 -n1 python3"
EDIT = {"path": "{cwd}/calc.py", "old": "    return a - b", "new": "    return a + b"}
FIX = [
    {"edit": EDIT},
    {"write": {"path": "{cwd}/tests/test_new.py", "content": TEST}},
    {"shell": "rm 'tests/test of what was wrong.py'"},
]
BARE = [{"write": {"path": "{cwd}/other.py", "content": "x = 1\n"}}]


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """One change fixed calc.py and brought a test, another one only moved code; both landed."""
    script = {
        "sessions": [
            {"marker": "mend", "turns": [{"say": "Fixing.", "do": FIX}, {"say": "Fixed it."}]},
            {"marker": "move", "turns": [{"say": "Moving.", "do": BARE}, {"say": "Moved it."}]},
        ]
    }
    folder = tmp_path_factory.mktemp("history")
    items = [bug("mend"), bug("move")]
    made = make_factory(folder, script, items, files=FILES, harness=HARNESS, lane="skills: [fix]")
    made.df("run")
    made.df("gate", "approve", "c-mend", "--yes")
    made.df("gate", "approve", "c-move", "--yes")
    return made


def test_a_landed_fix_is_a_scenario_that_its_graders_are_sound_for(factory: Factory) -> None:
    (made,) = factory.json("evals", "from-history", "--skill", "fix")["scenarios"]
    again = factory.json("evals", "from-history", "--skill", "fix", expect=1)["scenarios"]

    folder = Path(factory.root, made["path"])
    assert (made["change"], made["left_out"]) == ("c-mend", "")
    assert again[0]["left_out"] == "it is there already"
    assert (folder / "hidden/tests/tests/test_new.py").read_text() == TEST
    assert "tests/test_new.py" not in (folder / "hidden/solution.patch").read_text()
    assert (folder / "prompt.md").read_text().startswith("# ")
    assert factory.json("evals", "selftest", "--skill", "fix")["problems"] == []


def test_a_change_without_tests_that_prove_it_is_left_out_with_the_reason(factory: Factory) -> None:
    (left,) = factory.json("evals", "from-history", "c-move", "--skill", "fix", expect=1)[
        "scenarios"
    ]

    assert "test" in left["left_out"]


def test_a_scenario_of_a_commit_that_is_gone_says_what_to_do(factory: Factory) -> None:
    folder = Path(factory.root, "skills/fix/evals/gone")
    (folder / "hidden").mkdir(parents=True)
    (folder / "prompt.md").write_text("Do it.\n")
    checks = "checks: [{id: a, run: {cmd: 'true'}}]"
    text = f"id: gone\nworkspace: {{commit: '{'1' * 40}'}}\n{checks}\n"
    (folder / "scenario.yaml").write_text(text)

    done = factory.df("evals", "selftest", "--skill", "fix", expect=2)

    assert f"begins with commit {'1' * 40}, which is not here" in done.stderr
    Repository(factory.root).git("clean", "-fdq", "skills/fix/evals/gone")


def test_work_that_would_make_a_scenario_is_named_by_the_sessions_that_did_it(
    factory: Factory,
) -> None:
    sessions = {"s-mend-1", "s-move-1"}

    found = wanted_scenarios(open_line(factory.root), "other", sessions)

    assert found == ["c-mend"]
