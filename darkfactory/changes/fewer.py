"""Whether a green run says less than it should: fewer tests passed than on the base."""

from darkfactory.domain.change import HarnessResult
from darkfactory.domain.counting import counted


def fewer_tests(merged: HarnessResult, base: HarnessResult | None, gone: int) -> str:
    """Return in words that fewer tests passed on the *merged* result, empty where that is not so.

    A run that names no test where the base's named some is the clearest case: what ends the
    process early prints nothing.

    Args:
        base: The same run on the base alone; None: not known.
        gone: How many tests the change takes away itself, which is told by itself.
    """
    before = base.passed if base is not None else None
    if not before or before - (merged.passed or 0) <= gone:
        return ""
    if merged.passed is None:
        return f"the output of the harness names no test, on the base {before} passed"
    return f"the harness passed {counted(merged.passed, 'test')}, {before} on the base"
