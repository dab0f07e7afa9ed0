"""Whether a change may land as far as the checks can tell."""

from darkfactory.domain.change import HarnessResult, HarnessVerdict

_NAMED = 3


def green(
    merged: HarnessResult,
    base: HarnessResult | None,
    done_when_passes: bool | None,  # noqa: FBT001 - the third fact of the rule, not a switch
) -> tuple[bool, str]:
    """Return whether the change is green, and why.

    It is when the harness exits 0 on the *merged* result. On a red base it is when nothing fails
    that does not fail there and its ``done_when`` command passes. What cannot be told is not green.

    Args:
        base: The same run on the base alone; None: not run.
        done_when_passes: None where the item has no such command, or it was not run.
    """
    if merged.green:
        return True, "the harness passes on the merged result"
    if merged.result is HarnessVerdict.TIMEOUT:
        return False, f"the harness did not end on the merged result: {merged.note}"
    if merged.result is HarnessVerdict.ERROR:
        return False, f"the harness could not be run on the merged result: {merged.note}"
    if base is None or base.green:
        return False, f"the harness fails on the merged result: {_said(merged)}"
    if base.result is not HarnessVerdict.FAIL:
        return False, f"the harness fails ({_said(merged)}) and says nothing of the base"
    return _on_red_base(merged, base, done_when_passes)


def _on_red_base(
    merged: HarnessResult,
    base: HarnessResult,
    done_when_passes: bool | None,  # noqa: FBT001 - as above
) -> tuple[bool, str]:
    fresh = merged.new_failures(base)
    if fresh is None:
        told = merged.note or base.note or "its output does not name all that fails"
        return False, f"the base is red, and what is new cannot be told: {told}"
    if fresh:
        return False, f"fails here and not on the red base: {_names(fresh)}"
    if done_when_passes is None:
        return False, "nothing new fails on the red base, but no done_when command proves the work"
    if not done_when_passes:
        return False, "nothing new fails on the red base, but the done_when command fails"
    return True, "nothing fails that does not fail on the red base, and done_when passes"


def _said(result: HarnessResult) -> str:
    return _names(result.failing) or result.note or f"exit status {result.exit_code}"


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
