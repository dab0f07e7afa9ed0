import re

from darkfactory.config.loading import parse_settings
from darkfactory.config.reference import lanes_reference
from darkfactory.config.schema import schema


def test_the_reference_has_a_row_for_every_key() -> None:
    page = lanes_reference()
    whole = schema()
    sections = [whole, *(part for part in whole["$defs"].values() if part["type"] == "object")]

    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)

    # The keys of the lane's own allow are a section of their own.
    assert sorted(rows) == sorted(key for part in sections for key in part["properties"])


def test_every_table_row_has_four_cells() -> None:
    rows = [line for line in lanes_reference().splitlines() if line.startswith("|")]

    assert {len(re.split(r"(?<!\\)\|", row)) - 2 for row in rows} == {4}


def test_the_example_at_the_end_is_valid() -> None:
    example = lanes_reference().rpartition("```yaml\n")[2].partition("```")[0]

    assert parse_settings(example).lanes


def test_defaults_and_required_keys_are_told() -> None:
    page = lanes_reference()

    assert "| `timeout` | duration | `10m` | How long one run may take. Example: `10m` |" in page
    assert "| `command` | shell command | *required* |" in page
