"""Lists fit the terminal they are shown on, and are whole where there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.cli.columns import Column, table
from darkfactory.cli.output import width_of

COLUMNS = (
    Column("ID"),
    Column("LANE", spare=1),
    Column("TOKENS", spare=2, right=True),
    Column("TITLE"),
)
CELL = st.builds("{} {}".format, st.text("aé漢\u0301\u200b😀 \t", max_size=9), st.text(max_size=40))
ROWS = [("a", "bugs", "9k", "A title of some length"), ("bcd", "features", "12k", "Short")]


def test_a_wide_terminal_shows_every_column_and_numbers_stand_on_the_right() -> None:
    assert table(COLUMNS, ROWS, width=80).splitlines() == [
        "ID   LANE      TOKENS  TITLE",
        "a    bugs          9k  A title of some length",
        "bcd  features     12k  Short",
    ]


def test_a_narrow_terminal_leaves_the_most_spare_column_out_first() -> None:
    shown = [table(COLUMNS, ROWS, width=width).splitlines()[0] for width in (46, 44, 32)]

    assert shown == ["ID   LANE      TOKENS  TITLE", "ID   LANE      TITLE", "ID   TITLE"]


def test_what_still_does_not_fit_is_cut_in_the_last_column() -> None:
    shown = table(COLUMNS, [("a", "bugs", "9k", "word " * 40)], width=40)

    assert [width_of(line) for line in shown.splitlines()] == [9, 40]
    assert shown.endswith("…")


def test_a_reason_goes_on_below_itself_where_it_must_be_whole() -> None:
    columns = (Column("ID"), Column("BECAUSE"))

    shown = table(columns, [("a", "one two three four")], width=18, whole=True)

    assert shown.splitlines() == ["ID  BECAUSE", "a   one two three", "    four"]


def test_ids_that_are_wider_than_the_terminal_give_way_at_last() -> None:
    shown = table(COLUMNS, [("x" * 90, "bugs", "9k", "t" * 90)], width=60)

    assert [width_of(line) for line in shown.splitlines()][1] == 60


def test_a_column_without_any_text_is_not_shown_on_a_terminal() -> None:
    assert table(COLUMNS, [("a", "bugs", "", "T")], width=80) == "ID  LANE  TITLE\na   bugs  T"


def test_a_pipe_gets_every_value_whole_with_tabs_between_and_no_filling() -> None:
    title = "long " * 60

    shown = table(COLUMNS, [("a", "bugs", "", f"{title}\twith a tab\nand a line")], width=None)

    assert shown.splitlines() == [
        "ID\tLANE\tTOKENS\tTITLE",
        f"a\tbugs\t\t{title}with a tab and a line",
    ]


@pytest.mark.parametrize("width", [80, None])
def test_without_rows_the_headings_stand_alone(width: int | None) -> None:
    assert table(COLUMNS, [], width=width).split() == ["ID", "LANE", "TOKENS", "TITLE"]


@given(
    st.lists(st.tuples(*[CELL] * len(COLUMNS)), max_size=3),
    st.integers(44, 120),
)
def test_no_line_is_wider_than_the_terminal_whatever_stands_in_it(
    rows: list[tuple[str, ...]], width: int
) -> None:
    lines = table(COLUMNS, rows, width=width).split("\n")

    assert len(lines) == len(rows) + 1
    assert [line for line in lines if width_of(line) > width] == []
