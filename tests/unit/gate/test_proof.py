"""What the tests of a change say of the base without its code."""

from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.change import HarnessResult
from darkfactory.gate.proof import prove
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from tests.fakes.gates import PretendHarness, make_gate, offer

TEST = "tests/test_a.py"


class Fixable(PretendHarness):
    """Fails on a tree that holds the test and not what mends it."""

    def run(self, commit: str, command: str) -> HarnessResult:
        names = self._hub.git("ls-tree", "-r", "--name-only", commit).text.splitlines()
        self.red = () if "src/mend.py" in names else (TEST,)
        return super().run(commit, command)


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    room, _ = make_gate(tmp_path, {"src/a.py": "one\n"})
    return replace(room, test=Fixable(room.hub))


def asked(room: GateRoom) -> int:
    assert isinstance(room.test, PretendHarness)
    return len(room.test.asked)


def proved(room: GateRoom, change: Change) -> Change:
    prove(room, change)
    return room.find(change.id)


def test_a_test_that_fails_without_the_code_proves_it(room: GateRoom) -> None:
    change, _ = offer(room, "a", {TEST: "x\n", "src/mend.py": "x\n"})

    found = proved(room, change)

    assert found.proof["proves"] is True
    assert found.proof["why"] == f"without its code fails what passes with it: {TEST}"
    names = room.hub.git("ls-tree", "-r", "--name-only", found.proof["tree"]).text.split()
    assert names == ["calc.py", "src/a.py", TEST]


@pytest.mark.parametrize(
    "path", ["pkg/cart_test.go", "src/cart.test.ts", "spec/cart_spec.rb", "tests/feeds/a.json"]
)
def test_tests_of_any_language_are_laid_over_the_base_without_the_code(
    room: GateRoom, path: str
) -> None:
    change, _ = offer(room, "a", {path: "x\n", "src/mend.py": "x\n", "src/a.py": "two\n"})

    found = proved(room, change)

    tree = found.proof["tree"]
    names = room.hub.git("ls-tree", "-r", "--name-only", tree).text.split()
    assert sorted(names) == sorted(["calc.py", path, "src/a.py"])
    assert room.hub.git("cat-file", "blob", f"{tree}:src/a.py").text == "one"


def test_a_test_that_passes_without_the_code_proves_nothing_and_hinders_nothing(
    room: GateRoom,
) -> None:
    change, _ = offer(room, "a", {"tests/test_b.py": "x\n", "src/mend.py": "x\n"})

    found = proved(room, change)

    assert found.proof["proves"] is False
    assert "prove nothing" in found.proof["why"]
    approve(room, found, by="ada")


@pytest.mark.parametrize(
    "files",
    [
        {"tests/test_b.py": "x\n"},
        {"tests/test_b.py": "x\n", "README.md": "x\n"},
        {"README.md": "x\n"},
    ],
)
def test_a_change_without_code_is_not_asked_for_proof(
    room: GateRoom, files: dict[str, str]
) -> None:
    change, _ = offer(room, "a", files)
    before = asked(room)

    assert not prove(room, change)
    assert asked(room) == before
    assert room.find(change.id).proof == {}


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("src/mend.py", "x\n", "it adds and alters no test"),
        (
            "src/a.rs",
            "#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() {}\n}\n",
            "lie in files of code",
        ),
        ("src/a.py", 'def f():\n    """\n    >>> f()\n    1\n    """\n', "lie in files of code"),
    ],
)
def test_code_without_test_files_is_told_to_be_unknown_and_why(
    room: GateRoom, path: str, text: str, why: str
) -> None:
    change, _ = offer(room, "a", {path: text})
    before = asked(room)

    found = proved(room, change)

    assert found.proof["proves"] is None
    assert why in found.proof["why"]
    assert asked(room) == before


def test_a_long_harness_is_not_run_once_more_and_that_is_told(room: GateRoom) -> None:
    change, _ = offer(room, "a", {TEST: "x\n", "src/mend.py": "x\n"})
    before = asked(room)
    change.check["seconds"] = 61.0

    found = proved(room, change)

    assert (found.proof["proves"], found.proof["why"]) == (
        None,
        "not tried: the harness takes 61 s",
    )
    assert asked(room) == before


def test_a_new_revision_has_no_proof_yet(room: GateRoom) -> None:
    change, _ = offer(room, "a", {TEST: "x\n", "src/mend.py": "x\n"})
    prove(room, change)

    again, _ = offer(room, "a", {TEST: "y\n", "src/mend.py": "x\n"}, epoch=2)

    assert again.proof == {}
