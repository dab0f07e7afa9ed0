import pytest

from darkfactory.domain.patterns import LONGEST_TITLE, BadPattern, title_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "crash|regress",
        r"^\[bug\]",
        r"\bapi\b",
        r"^(feat|fix)(\(.+\))?:",
        "(hang|crash)(es|ed|ing)?",
        "(foo|bar)+",
        "crash.*on.*start|fails.*on.*start",
        "^bump .* from .* to .*",
        "(?=.*windows)crash",
        "a{1000}",
        "a{0,4000000000}",
        "(x)?(?(1)a+|b+)",
    ],
)
def test_a_pattern_as_people_write_it_is_taken(pattern: str) -> None:
    title_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*b",
        "([a-z]+)*!",
        "(a|ab)*c",
        "(a?){60}b",
        "(.*a){20}",
        "(?=(a+)+$)b",
        "(?P<word>a+)+!",
        "(x)?(?(1)(a+)+b|c)",
        ".*.*.*x",
        "^.*.*.*.*x",
        "a?" * 40 + "a" * 40,
    ],
)
def test_a_pattern_that_a_title_could_make_slow_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern, match="can be made slow by a title"):
        title_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(", "[[a]", "a{2}{3}", "(?P<a>x)(?P<a>y)", "*"])
def test_a_text_that_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern, match="is not a regular expression"):
        title_pattern(pattern)


def test_capitals_do_not_matter() -> None:
    assert title_pattern("crash").part_of("A CRASH") == "CRASH"
    assert title_pattern("crash").part_of("a clash") is None


def test_a_pattern_that_fits_nothing_at_all_is_found() -> None:
    assert title_pattern("x*").part_of("abc") == ""


def test_what_stands_behind_the_longest_title_does_not_count() -> None:
    pattern = title_pattern("crash$")

    assert pattern.part_of("x" * (LONGEST_TITLE - 5) + "crash" + "y" * 100) == "crash"
    assert pattern.part_of("x" * LONGEST_TITLE + "crash") is None
