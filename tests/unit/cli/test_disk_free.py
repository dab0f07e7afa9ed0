from pathlib import Path

import pytest

from darkfactory.cli.disk_free import is_disk_free
from darkfactory.cli.table import COMMANDS


@pytest.mark.parametrize("words", [["-h"], ["--total"], ["-k", "."], ["/"], ["."]])
@pytest.mark.parametrize("terminal", [True, False])
def test_options_of_disk_free_and_existing_paths_are_its_own(
    words: list[str], terminal: bool
) -> None:
    assert is_disk_free(words, terminal)


@pytest.mark.parametrize("name", [*COMMANDS, "gaet", "no/such/path", "--help", "--version"])
def test_commands_and_misspelt_ones_are_ours(name: str) -> None:
    assert not is_disk_free([name], on_terminal=False)


def test_no_word_at_all_is_ours_on_a_terminal_only() -> None:
    assert not is_disk_free([], on_terminal=True)
    assert is_disk_free([], on_terminal=False)


def test_a_command_wins_over_a_path_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gate").mkdir()
    monkeypatch.chdir(tmp_path)

    assert not is_disk_free(["gate"], on_terminal=False)
