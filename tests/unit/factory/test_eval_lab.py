"""The laboratory of sessions that nobody's lanes see."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.state_folder import state_of
from tests.fakes.gates import SETTINGS
from tests.fakes.repositories import make_repository


def test_several_sessions_may_begin_at_once_with_the_same(tmp_path: Path) -> None:
    lab = Lab(state_of(tmp_path), SETTINGS)
    assert lab.hub.path.exists()

    with ThreadPoolExecutor(8) as threads:
        begun = set(threads.map(lambda _: lab.begin_empty(), range(8)))

    (commit,) = begun
    assert lab.hub.ref(f"refs/df/fixture/{commit}") == commit


def test_the_history_that_holds_the_graders_is_hidden_as_they_are(tmp_path: Path) -> None:
    main = make_repository(tmp_path / "main", {"a.txt": "x\n"})
    main.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    linked = Lab(state_of(tmp_path / "linked"), SETTINGS)

    assert {str(main.path / ".git"), str(main.path / "skills")} < {*linked.secret}
    assert {*Lab(state_of(main.path), SETTINGS).secret} == {
        *(str(main.path / name) for name in (".darkfactory", "skills", ".git")),
        str(tmp_path / "linked/skills"),
    }


def test_a_folder_without_git_has_no_history_to_hide(tmp_path: Path) -> None:
    assert len(Lab(state_of(tmp_path), SETTINGS).secret) == 3
