import re

from darkfactory.config.loading import parse_settings
from darkfactory.config.reference import lanes_reference
from darkfactory.config.schema import schema
from darkfactory.domain.grace import (
    ASK_BEFORE_SECONDS,
    ASK_BEFORE_SHARE,
    FORCE_AFTER_REQUESTS,
    FORCE_AFTER_SECONDS,
)
from darkfactory.domain.session import Outcome


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


def test_how_a_session_over_its_budget_is_asked_to_finish_is_told_with_its_times() -> None:
    section = lanes_reference().partition("## `lanes.NAME.budget`\n")[2].partition("| key")[0]
    told = " ".join(section.split())

    assert f"{FORCE_AFTER_SECONDS:.0f} seconds or {FORCE_AFTER_REQUESTS} further requests" in told
    assert f"{ASK_BEFORE_SECONDS:.0f} seconds before they are over (a tenth" in told
    assert ASK_BEFORE_SHARE == 0.1
    assert [end for end in (Outcome.BUDGET, Outcome.TIMED_OUT) if f"`{end}`" not in told] == []
