from collections import Counter
from pathlib import Path

import pytest

from darkfactory.errors import FactoryError
from scripts.docs import PAGES, error_kinds, errors_reference, main, stale, write


@pytest.fixture(scope="module")
def kinds() -> list[type[FactoryError]]:
    return list(error_kinds())


def test_writing_makes_every_page_and_writing_again_none(tmp_path: Path) -> None:
    pages = {"docs/a.md": lambda: "a é\n", "docs/deep/b.md": lambda: "b\n"}

    first = write(tmp_path, pages)
    again = write(tmp_path, pages)

    assert (first, again) == (["docs/a.md", "docs/deep/b.md"], [])
    assert (tmp_path / "docs/a.md").read_text(encoding="utf-8") == "a é\n"


def test_a_page_that_is_missing_or_changed_is_stale(tmp_path: Path) -> None:
    pages = {"a.md": lambda: "a\n", "b.md": lambda: "b\n", "c.md": lambda: "c\n"}
    (tmp_path / "a.md").write_text("a\n")
    (tmp_path / "b.md").write_text("changed\n")

    assert stale(tmp_path, pages) == ["b.md", "c.md"]


def test_a_check_names_the_stale_pages_writes_nothing_and_says_no(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--check"], tmp_path)

    assert status == 1
    assert capsys.readouterr().out.splitlines() == list(PAGES)
    assert list(tmp_path.iterdir()) == []


def test_a_check_of_what_was_just_written_says_yes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([], tmp_path)
    capsys.readouterr()

    status = main(["--check"], tmp_path)

    assert (status, capsys.readouterr().out) == (0, "")


def test_every_error_has_a_row_with_its_code_and_status() -> None:
    rows = [line.split(" | ") for line in errors_reference().splitlines() if line.startswith("| `")]
    codes = [row[0].strip("| `") for row in rows]

    assert ["| `lanes.missing`", "2", "There is no lanes.yaml. |"] in rows
    assert codes == sorted(codes)


def test_every_error_code_belongs_to_one_class(kinds: list[type[FactoryError]]) -> None:
    counted = Counter(kind.code for kind in kinds)

    assert [code for code, times in counted.items() if times > 1] == []


def test_every_error_says_in_its_docstring_what_it_means(kinds: list[type[FactoryError]]) -> None:
    assert [kind.__name__ for kind in kinds if not kind.__doc__] == []
