import os
from pathlib import Path

import pytest

from darkfactory.processes.credentials import hidden_paths, shown_paths


def names(home: Path, **environment: str) -> set[str]:
    found = hidden_paths(str(home), environment)
    return {str(Path(path).relative_to(home)) for path in found if path.startswith(str(home))}


def test_only_places_that_exist_are_named(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".netrc").touch()
    (tmp_path / ".config/gh").mkdir(parents=True)
    (tmp_path / ".local/share/keyrings").mkdir(parents=True)

    assert names(tmp_path) == {".ssh", ".netrc", ".config/gh", ".local/share/keyrings"}


def test_moved_configuration_is_followed(tmp_path: Path) -> None:
    (tmp_path / "xdg/gh").mkdir(parents=True)

    assert names(tmp_path, XDG_CONFIG_HOME=str(tmp_path / "xdg")) == {"xdg/gh"}


def test_a_variable_that_points_at_a_credential_hides_it(tmp_path: Path) -> None:
    for name in ("kube-a", "kube-b", "key.json"):
        (tmp_path / name).touch()

    found = names(
        tmp_path,
        KUBECONFIG=f"{tmp_path}/kube-a{os.pathsep}{tmp_path}/kube-b",
        GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "key.json"),
        NETRC="relative",
    )

    assert found == {"kube-a", "kube-b", "key.json"}


@pytest.mark.parametrize("variable", ["CLAUDE_CONFIG_DIR", "CODEX_HOME"])
def test_a_variable_that_points_at_the_whole_home_hides_nothing(
    tmp_path: Path, variable: str
) -> None:
    assert names(tmp_path, **{variable: str(tmp_path)}) == set()


def test_the_folders_of_path_are_shown_with_what_they_belong_to(tmp_path: Path) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "scripts").mkdir()
    search = f"{tmp_path}/venv/bin:{tmp_path}/scripts:{tmp_path}/gone:relative"

    found = shown_paths(str(tmp_path / "home"), {"PATH": search})

    assert found == (f"{tmp_path}/venv/bin", f"{tmp_path}/venv", f"{tmp_path}/scripts")


def test_a_program_among_secrets_is_shown_without_them(tmp_path: Path) -> None:
    (tmp_path / ".claude/local").mkdir(parents=True)
    (tmp_path / ".docker/bin").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    search = f"{tmp_path}/.docker/bin:{tmp_path}/bin"

    found = shown_paths(str(tmp_path), {"PATH": search})

    assert found == tuple(f"{tmp_path}/{name}" for name in (".claude/local", ".docker/bin", "bin"))
