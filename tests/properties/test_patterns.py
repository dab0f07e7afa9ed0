"""The law of title patterns: whatever was taken is fast, whatever the title."""

import time

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.patterns import BadPattern, title_pattern

SIGNS = st.sampled_from(["a", "b", ".", "[ab]", "\\w", "\\b", "(?=a)"])
AMOUNTS = st.sampled_from(["*", "+", "?", "*?", "{2,}", "{0,9}", "{3}"])
PATTERNS = st.recursive(
    SIGNS,
    lambda inner: (
        st.tuples(inner, AMOUNTS).map(lambda pair: f"(?:{pair[0]}){pair[1]}")
        | st.lists(inner, min_size=2, max_size=4).map("".join)
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})")
    ),
    max_leaves=8,
)
TITLES = ["a" * 300, "ab" * 150, "a" * 199 + "!", "aab" * 100]
_LONGEST_SECONDS = 5.0


@given(PATTERNS, st.sampled_from(["$", "!", "b!", ""]))
def test_a_pattern_that_is_taken_is_fast_on_every_title(body: str, end: str) -> None:
    try:
        pattern = title_pattern(body + end)
    except BadPattern:
        return

    for title in TITLES:
        began = time.process_time()
        pattern.part_of(title)
        assert time.process_time() - began < _LONGEST_SECONDS
