"""Harness results compared, and what a delta says of itself."""

from darkfactory.domain.change import FileDelta, HarnessResult, HarnessVerdict

PASS, FAIL = HarnessVerdict.PASS, HarnessVerdict.FAIL


def red(*failing: str, complete: bool = True) -> HarnessResult:
    return HarnessResult("t", FAIL, failing=failing, complete=complete, exit_code=1)


GREEN = HarnessResult("b", PASS, exit_code=0)


def test_a_failure_that_the_base_has_too_is_not_new() -> None:
    assert red("a", "b").new_failures(red("b", "a", "c")) == ()


def test_a_failure_that_the_base_has_not_is_new() -> None:
    assert red("a", "b").new_failures(red("a")) == ("b",)


def test_everything_that_fails_is_new_on_a_green_base() -> None:
    assert red("a", "b").new_failures(GREEN) == ("a", "b")


def test_a_name_that_fails_twice_is_new_once_when_the_base_has_it_once() -> None:
    assert red("a", "a").new_failures(red("a")) == ("a",)


def test_a_green_run_has_no_new_failures_whatever_the_base_is() -> None:
    assert GREEN.new_failures(HarnessResult("b", HarnessVerdict.TIMEOUT)) == ()


def test_a_run_without_names_tells_nothing() -> None:
    assert red().new_failures(red("a")) is None
    assert red("a").new_failures(red()) is None


def test_a_run_that_stopped_early_tells_nothing() -> None:
    assert red("a", complete=False).new_failures(red("a")) is None


def test_a_part_of_the_names_of_the_base_proves_no_new_failure_but_never_one() -> None:
    base = red("a", complete=False)

    assert red("a").new_failures(base) == ()
    assert red("a", "b").new_failures(base) is None


def test_a_base_that_could_not_be_run_tells_nothing() -> None:
    base = HarnessResult("b", HarnessVerdict.ERROR, failing=("a",))

    assert red("a").new_failures(base) is None


def test_a_renamed_path_has_two_names() -> None:
    assert FileDelta("b", "R", 0, 0, old_path="a").paths == ("b", "a")
    assert FileDelta("b", "M", 0, 0).paths == ("b",)


def test_modes_tell_links_modules_and_programs() -> None:
    assert FileDelta("l", "A", 1, 0, mode="120000", old_mode="").is_symlink
    assert FileDelta("m", "D", 0, 1, mode="", old_mode="160000").is_submodule
    program = FileDelta("p", "M", 0, 0, mode="100755", old_mode="100644")
    assert program.makes_executable
    assert program.changes_mode
    assert not FileDelta("n", "A", 1, 0, mode="100644", old_mode="").changes_mode
