import re
from pathlib import Path

import pytest

import darkfactory
from darkfactory.cli.table import COMMANDS
from scripts.cli_reference import cli_reference


@pytest.fixture(scope="module")
def page() -> str:
    return cli_reference()


def blocks(page: str) -> list[str]:
    return re.findall(r"^```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_every_command_and_every_verb_has_a_section(page: str) -> None:
    sections = re.findall(r"^##+ df (.+)$", page, re.MULTILINE)

    assert set(COMMANDS) <= set(sections)
    assert {"gate show", "gate approve", "sessions steer", "waffle score"} <= set(sections)


def test_usage_and_options_fit_80_columns(page: str) -> None:
    assert len(blocks(page)) > len(COMMANDS)
    assert [line for block in blocks(page) for line in block.splitlines() if len(line) > 80] == []


def test_every_option_has_its_words(page: str) -> None:
    named = [line for block in blocks(page) for line in block.splitlines()[2:]]

    assert [line for line in named if re.fullmatch(r"  -\S+(, -\S+)?( \S+)?", line)] == [
        "  --preset solo|maintainer|team",  # too long for its column: the words are below it
        "  --as duplicate|not-planned|reimplement",
        "  --profile spec|loads|factory",
        "  --format text|json|sarif|junit",
    ]


def test_what_is_wanted_is_bare_and_what_may_be_left_out_is_in_brackets(page: str) -> None:
    assert "df gate rework CHANGE -m TEXT [--at PATH:LINE]… [--json]\n" in page
    assert "df demo [FOLDER] [--json]\n" in page
    assert "df waffle score [FILE|-]… [--lane NAME] [--calibration FILE] [--json]\n" in page


def test_an_option_tells_its_default(page: str) -> None:
    assert "How many lanes to begin with (default: solo)\n" in page


def test_the_page_does_not_depend_on_the_terminal(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    assert cli_reference() == page


def test_every_variable_that_the_program_reads_is_on_the_page(page: str) -> None:
    folder = Path(darkfactory.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))

    read = set(re.findall(r"\"(DARKFACTORY_[A-Z_]+)\"", text))

    assert read
    assert [name for name in read if f"`{name}`" not in page] == []
