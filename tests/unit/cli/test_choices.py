from pathlib import Path

import pytest

from darkfactory.cli.choices import changes, sessions
from tests.fakes.recorded import make_recorded


def test_ids_are_offered_from_the_record_with_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory = make_recorded(tmp_path)
    monkeypatch.chdir(factory.root)

    assert changes("") == [("c-add", "add subtracts")]
    assert changes("x") == []
    assert sessions("s-") == [
        ("s-guide-1", "has not ended"),
        ("s-slug-1", "failed"),
        ("s-add-1", "proposed"),
    ]


def test_where_no_factory_is_nothing_is_offered_and_nothing_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outside = changes("")
    (tmp_path / ".git").mkdir()

    assert (outside, changes(""), sessions("")) == ([], [], [])
    assert [path.name for path in tmp_path.iterdir()] == [".git"]
