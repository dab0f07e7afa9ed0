"""Laws of reading test output: nothing crashes it, and the exit status alone is green."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.harness.output import parse_output, plain
from darkfactory.harness.run import RawRun
from darkfactory.harness.verdict import result_of

SAMPLES = Path(__file__).parents[1] / "unit" / "harness" / "samples"
LINES = sorted(
    {line for file in SAMPLES.glob("*.txt") for line in file.read_text("utf-8").splitlines()}
)
SHUFFLED = st.lists(st.sampled_from(LINES) | st.text(max_size=60), max_size=60).map("\n".join)
NAMES = st.lists(st.sampled_from("abcdef"), max_size=8).map(tuple)


@given(text=st.text() | SHUFFLED, exit_code=st.none() | st.integers(-255, 255))
def test_any_output_can_be_read(text: str, exit_code: int | None) -> None:
    parsed = parse_output(text, exit_code)

    assert (parsed.passed or 0) >= 0
    assert (parsed.failed or 0) >= 0
    assert parsed.complete or exit_code != 0


@given(text=SHUFFLED, exit_code=st.integers(0, 255))
def test_a_result_passes_exactly_when_the_exit_status_is_0(text: str, exit_code: int) -> None:
    result = result_of("t", RawRun(exit_code, timed_out=False, seconds=0.1, output=text))

    assert result.green == (exit_code == 0)


@given(text=st.text(alphabet=st.sampled_from("ab\x1b[]()m0;1K\r\n\x07\\"), max_size=80))
def test_plain_text_stays_as_it_is_and_progress_is_overwritten(text: str) -> None:
    unescaped = text.replace("\x1b", "").replace("\r", "")

    assert "\r" not in plain(text)
    assert plain(unescaped) == unescaped


def red(names: tuple[str, ...], *, complete: bool = True) -> HarnessResult:
    return HarnessResult("t", HarnessVerdict.FAIL, failing=names, exit_code=1, complete=complete)


@given(names=NAMES, base=NAMES, more=NAMES, complete=st.booleans())
def test_what_fails_on_the_base_is_never_new_and_the_rest_always_is(
    names: tuple[str, ...], base: tuple[str, ...], more: tuple[str, ...], complete: bool
) -> None:
    fresh = red(names).new_failures(red(base, complete=complete))
    with_more = red((*names, *more)).new_failures(red((*base, *more), complete=complete))

    if fresh is not None:
        assert sorted((*fresh, *_common(names, base))) == sorted(names)
        assert with_more is None or sorted(with_more) == sorted(fresh)


def _common(one: tuple[str, ...], two: tuple[str, ...]) -> list[str]:
    return [name for name in set(one) for _ in range(min(one.count(name), two.count(name)))]
