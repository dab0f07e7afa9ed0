"""A tree is checked once, wherever it lies."""

from contextlib import nullcontext
from pathlib import Path

from darkfactory.clock import SystemClock
from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.domain.settings import HarnessSettings
from darkfactory.harness.cache import HarnessCache
from darkfactory.harness.check import Place, check_tree, key_of

SETTINGS = HarnessSettings("echo run >> ../runs; test -e good")


def check(root: Path, name: str, tree: str) -> tuple[HarnessResult, bool]:
    place = Place(str(root / name), home=str(root / f"{name}-home"), temp=str(root / f"{name}-tmp"))
    Path(place.folder).mkdir(exist_ok=True)
    return check_tree(
        key_of(tree, SETTINGS.command, SETTINGS, place),
        SETTINGS.command,
        place=lambda: nullcontext(place),
        settings=SETTINGS,
        fence=lambda argv, _: argv,
        cache=HarnessCache(root / "cache"),
        clock=SystemClock(),
        stopped=lambda: False,
    )


def test_the_same_tree_in_another_folder_is_not_run_again(tmp_path: Path) -> None:
    first, known_first = check(tmp_path, "a", "tree1")
    second, known_second = check(tmp_path, "b", "tree1")

    assert first == second
    assert first.result is HarnessVerdict.FAIL
    assert (known_first, known_second) == (False, True)
    assert (tmp_path / "runs").read_text() == "run\n"


def test_another_tree_is_run(tmp_path: Path) -> None:
    check(tmp_path, "a", "tree1")
    (tmp_path / "a" / "good").touch()

    result, known = check(tmp_path, "a", "tree2")

    assert result.green
    assert not known
