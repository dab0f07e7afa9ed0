"""Where a skill is taken from."""

from pathlib import Path

import pytest

from darkfactory.skills.source import BadSource, parse_source


@pytest.mark.parametrize(
    ("said", "git", "revision"),
    [
        ("https://host/owner/repo", "https://host/owner/repo", ""),
        ("https://host/owner/repo.git@v1.2", "https://host/owner/repo.git", "v1.2"),
        ("https://host/owner/repo@feature/x", "https://host/owner/repo", "feature/x"),
        ("https://user@host/repo", "https://user@host/repo", ""),
        ("https://user:pw@host/repo@main", "https://user:pw@host/repo", "main"),
        ("ssh://git@host/repo@main", "ssh://git@host/repo", "main"),
        ("git@host:owner/repo", "git@host:owner/repo", ""),
        ("git@host:owner/repo@v1", "git@host:owner/repo", "v1"),
        ("github:owner/repo@v1", "https://github.com/owner/repo", "v1"),
        ("file:///srv/repo@main", "file:///srv/repo", "main"),
    ],
)
def test_a_git_source_is_an_address_and_a_revision(said: str, git: str, revision: str) -> None:
    found = parse_source(said)

    assert (found.git, found.revision, found.folder) == (git, revision, "")


def test_a_folder_is_a_plain_one_unless_a_revision_is_asked_for(tmp_path: Path) -> None:
    assert parse_source(str(tmp_path)).folder == str(tmp_path)

    found = parse_source(f"{tmp_path}@main")

    assert (found.git, found.revision) == (str(tmp_path), "main")


def test_a_folder_of_a_work_tree_at_a_revision_is_that_folder_of_its_repository(
    tmp_path: Path,
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "skills" / "a").mkdir(parents=True)

    found = parse_source(f"{tmp_path}/skills/a@HEAD~1")

    assert (found.git, found.below, found.revision) == (str(tmp_path), "skills/a", "HEAD~1")
    assert found.shown == f"{tmp_path}/skills/a"


def test_a_repository_without_a_work_tree_is_no_plain_folder(tmp_path: Path) -> None:
    for name in ("objects", "refs"):
        (tmp_path / name).mkdir()
    (tmp_path / "HEAD").write_text("ref: refs/heads/main\n")

    found = parse_source(str(tmp_path))

    assert (found.git, found.folder, found.below) == (str(tmp_path), "", "")


def test_what_is_shown_and_recorded_holds_no_secret() -> None:
    found = parse_source("https://user:secret@host:8443/repo?token=secret#secret@main")

    assert found.shown == "https://host:8443/repo"


@pytest.mark.parametrize(
    "said",
    ["", "nowhere", "nowhere@main", "ext::sh -c touch% x", "-x", "https://h/r@--upload-pack=x",
     "https://h/r@a..b"],
)  # fmt: skip
def test_what_names_no_place_is_refused(said: str) -> None:
    with pytest.raises(BadSource):
        parse_source(said)
