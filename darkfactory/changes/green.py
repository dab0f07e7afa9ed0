"""Whether a change may land as far as the checks can tell."""

from dataclasses import dataclass, replace

from darkfactory.domain.change import HarnessResult, HarnessVerdict

_NAMED = 3
_LAST_WORDS = 120
_NOT_RUN = (HarnessVerdict.TIMEOUT, HarnessVerdict.ERROR)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the checks say of a change merged with its base, and *why*.

    *unproved*: it is green, yet no command proves its item on a red base, or the one that should
    does not pass; a person should know.
    *waits*: nothing but its red base keeps it from being told; another base may tell.
    """

    green: bool
    why: str
    unproved: bool = False
    waits: bool = False


def green(
    merged: HarnessResult, base: HarnessResult | None, proof: HarnessResult | None
) -> Judgement:
    """Return whether the change is green, and why.

    It is when the harness exits 0 on the *merged* result; that the item's ``done_when`` command
    fails there nevertheless is told. On a red base it is when nothing fails
    that does not fail there, and its ``done_when`` command passes; an item without one has none
    to pass, which is told. What cannot be told is not green.

    Args:
        base: The same run on the base alone; None: not run.
        proof: The run of the item's ``done_when`` command; None where it has none.
    """
    if merged.green:
        return _on_green(proof)
    told = _told(merged, base, proof)
    if base is None or told.green or not _base_hides_it(merged, base):
        return told
    return replace(told, why=f"{told.why}; it is tested again when the base moves", waits=True)


def _on_green(proof: HarnessResult | None) -> Judgement:
    why = "the harness passes on the merged result"
    if proof is None:
        return Judgement(green=True, why=why)
    if proof.green:
        return Judgement(green=True, why=f"{why}, and done_when passes")
    return Judgement(
        green=True, why=f"{why}, but the done_when command {_how(proof)}", unproved=True
    )


def _how(proof: HarnessResult) -> str:
    return f"could not be run: {proof.note}" if proof.result in _NOT_RUN else "fails"


def hangs_on_proof(merged: HarnessResult, base: HarnessResult) -> bool:
    """Tell whether the ``done_when`` command decides: nothing new fails on a red base."""
    return base.result is HarnessVerdict.FAIL and merged.new_failures(base) == ()


def _told(
    merged: HarnessResult, base: HarnessResult | None, proof: HarnessResult | None
) -> Judgement:
    if merged.result is HarnessVerdict.TIMEOUT:
        return _red(f"the harness did not end on the merged result: {merged.note}")
    if merged.result is HarnessVerdict.ERROR:
        return _red(f"the harness could not be run on the merged result: {merged.note}")
    if base is None or base.green:
        return _red(f"the harness fails on the merged result: {_said(merged)}")
    if base.result is not HarnessVerdict.FAIL:
        return _red(f"the harness fails ({_said(merged)}) and says nothing of the base")
    return _on_red_base(merged, base, proof)


def _on_red_base(
    merged: HarnessResult, base: HarnessResult, proof: HarnessResult | None
) -> Judgement:
    fresh = merged.new_failures(base)
    if fresh is None:
        told = merged.note or base.note or "its output does not name all that fails"
        return _red(f"the base is red, and what is new cannot be told: {told}")
    if fresh:
        return _red(f"fails here and not on the red base: {_names(fresh)}")
    if proof is None:
        why = "the base is red; nothing new fails; no command proves the item"
        return Judgement(green=True, why=why, unproved=True)
    if proof.green:
        why = "nothing fails that does not fail on the red base, and done_when passes"
        return Judgement(green=True, why=why)
    return _red(f"nothing new fails on the red base, but the done_when command {_how(proof)}")


def _base_hides_it(merged: HarnessResult, base: HarnessResult) -> bool:
    """Tell whether it is the red *base* that keeps the change from being judged.

    Where the base names all that fails, or was run at all where the change was not, it is not.
    """
    if merged.result in _NOT_RUN or base.result in _NOT_RUN:
        return base.result in _NOT_RUN
    named = base.names_failures and base.complete
    return base.result is HarnessVerdict.FAIL and merged.new_failures(base) is None and not named


def _red(why: str) -> Judgement:
    return Judgement(green=False, why=why)


def _said(result: HarnessResult) -> str:
    told = _names(result.failing) or result.note
    if told:
        return told
    last = next((line for line in reversed(result.output.splitlines()) if line.strip()), "")
    words = f": {last.strip()[:_LAST_WORDS]}" if last else ""
    return f"exit status {result.exit_code}{words}"


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
