import stat
from pathlib import Path

import pytest

from scripts import browser
from scripts.browser import BrowserMissing, program


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DARKFACTORY_CHROMIUM", raising=False)
    return tmp_path


def executable(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_first_known_browser_on_the_search_path_is_taken(folder: Path) -> None:
    executable(folder / "google-chrome")
    wanted = executable(folder / "chromium")

    assert program() == str(wanted)


def test_a_named_browser_is_taken_and_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(folder / "chromium")
    named = executable(folder / "own")

    monkeypatch.setenv("DARKFACTORY_CHROMIUM", str(named))
    assert program() == str(named)
    monkeypatch.setenv("DARKFACTORY_CHROMIUM", str(folder / "none"))
    with pytest.raises(BrowserMissing):
        program()


def test_without_a_browser_and_a_way_to_install_one_the_fix_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(folder.iterdir()) == []

    assert browser.main() == 3

    assert "fix: install Chromium" in capsys.readouterr().err
