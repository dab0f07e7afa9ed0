from pathlib import Path

import pytest

from darkfactory.cli.context import NotInRepository, repository_root, workspace_owner


@pytest.mark.parametrize(
    ("root", "owner"),
    [
        ("/", None),
        ("/r", None),
        ("/tmp/r", None),
        ("/a/b/c/d/r", None),
        ("/r/.darkfactory/workspaces", None),
        ("/.darkfactory/workspaces/agents/01", "/"),
        ("/a/r/.darkfactory/workspaces/gate/02", "/a/r"),
    ],
)
def test_a_workspace_is_known_by_its_place_however_deep_a_repository_lies(
    root: str, owner: str | None
) -> None:
    assert workspace_owner(Path(root)) == (None if owner is None else Path(owner))


def test_an_empty_folder_of_gits_name_makes_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git" / "info").mkdir(parents=True)  # as a sandbox leaves it
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    with pytest.raises(NotInRepository):
        repository_root()


@pytest.mark.parametrize("form", ["folder", "file", "dangling HEAD"])
def test_every_form_of_gits_own_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    git = tmp_path / ".git"
    if form == "file":
        git.write_text("gitdir: /elsewhere\n")
    else:
        git.mkdir()
        (git / "HEAD").symlink_to("refs/heads/main")
    if form == "folder":
        (git / "HEAD").unlink()
        (git / "HEAD").write_text("ref: refs/heads/main\n")
    monkeypatch.chdir(tmp_path)

    assert repository_root() == tmp_path
