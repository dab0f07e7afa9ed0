"""The examples of the pages about files that people write are read by the code that reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from darkfactory.agents.mock.checking import BadScript, parse_script
from darkfactory.backlog.entry import KEYS
from darkfactory.backlog.read import read_backlog
from darkfactory.domain.item import Item
from tests.architecture.figures import ROOT

BACKLOG = (ROOT / "docs" / "backlog.md").read_text(encoding="utf-8")
MOCK = (ROOT / "docs" / "mock.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```\w+ (?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)


@dataclass
class Example:
    """One section of a page: files by name, the items they hold, the warnings they earn."""

    title: str
    files: dict[str, str] = field(default_factory=dict)
    items: list[dict[str, str]] = field(default_factory=list)
    warnings: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        name = next(iter(self.files))
        return name.partition("/")[0] if name.startswith("backlog/") else name


def examples(page: str) -> Iterator[Example]:
    """Yield each section of *page* that has a named block."""
    for section in re.split(r"^#{2,3} ", page, flags=re.MULTILINE):
        found = Example(section.partition("\n")[0])
        for block in _BLOCK.finditer(section):
            found.files[block["name"]] = block["text"]
        found.warnings = tuple(found.files.pop("warnings", "").splitlines())
        rows = [cells(row) for row in _ROW.findall(_BLOCK.sub("", section))]
        found.items = [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]
        if found.files:
            yield found


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def told(item: Item, column: str) -> str:
    """Return what the page would say of *item* in *column*."""
    value = getattr(item, column)
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else ""
    return " ".join((value or "").split())


EXAMPLES = list(examples(BACKLOG))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_an_example_of_a_backlog_holds_what_the_page_says(tmp_path: Path, example: Example) -> None:
    for name, text in example.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    found = read_backlog(tmp_path, [example.source])

    columns = list(example.items[0])
    assert [{name: told(item, name) for name in columns} for item in found.items] == example.items
    assert found.warnings == example.warnings


def test_the_page_has_an_example_of_each_format() -> None:
    names = {name.rpartition("/")[2] for example in EXAMPLES for name in example.files}

    assert len(EXAMPLES) == 8
    assert {Path(name).suffix for name in names} == {".yaml", ".json", ".jsonl", ".md"}


def test_the_page_describes_every_key_of_an_item() -> None:
    section = BACKLOG[BACKLOG.index("## What an item has") : BACKLOG.index("## YAML")]

    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == sorted(KEYS)


def scripts() -> list[str]:
    return [block["text"] for block in _BLOCK.finditer(MOCK)]


@pytest.mark.parametrize("text", scripts())
def test_an_example_of_a_mock_script_can_be_played(text: str) -> None:
    script = parse_script(text)

    assert script.get("sessions") or script.get("default")


@pytest.mark.parametrize(
    "text",
    [
        "nothing: 1",
        "default: {nothing: 1}",
        "sessions: [{nothing: 1}]",
        "default: {turns: [{nothing: 1}]}",
        "default: {turns: [{do: [{nothing: 1}]}]}",
        "default: {turns: [{do: [{write: {nothing: 1}}]}]}",
        "default: {turns: [{do: [{edit: {nothing: 1}}]}]}",
        "default: {turns: [{usage: {nothing: 1}}]}",
        "default: {turns: [{fault: {nothing: 1}}]}",
        "default: {turns: [{fault: {kind: nothing}}]}",
    ],
)
def test_the_page_describes_every_key_that_a_mock_script_may_have(text: str) -> None:
    with pytest.raises(BadScript) as caught:
        parse_script(text)

    known = caught.value.fix.rpartition(":")[2].split(",")
    assert [name for name in map(str.strip, known) if f"`{name}`" not in MOCK] == []
