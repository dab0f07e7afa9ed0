"""What an agent that waffles is told: what was seen, and one thing to do about it."""

from collections.abc import Sequence

from darkfactory.waffle.signal import Signal

_INSTEAD = {
    "loop": "Do not run that again as it is. Say in one sentence what it has told you so far, then"
    " do something that can give a new answer.",
    "error": "Read the first error as it stands, find what causes it, and change that before you"
    " run anything again.",
    "edit": "Read the file as it is now, decide on one version, and write it once.",
    "burn": "Make the smallest change that brings the item on, or end your turn and say what you"
    " need.",
    "talk": "Do the next step with a tool, or end your turn and say what you need.",
    "truth": "Run the check, fix what it names, and claim only what it says.",
    "scope": "Take back what lies outside of your lane and stay in it.",
    "harness": "Go back to the last state that passed more, and take a smaller step from there.",
}
_OF_SIGNAL = {
    "tamper": "Put the check back as it was. If the item asks for it to change, end your turn and"
    " say so: a person looks at those lines.",
}
_ELSE = "Stop, say what you have learned, and take another way; or end your turn and say why not."


def advice(signals: Sequence[Signal]) -> str:
    """Return the words for an agent of which *signals* tell, most doubtful first.

    The evidence is quoted as the signals put it; the instruction is that of the first one.
    """
    seen = "\n".join(f"- {one.because}" for one in signals)
    first = signals[0] if signals else None
    instead = _ELSE
    if first is not None:
        instead = _OF_SIGNAL.get(first.name) or _INSTEAD.get(first.family, _ELSE)
    return f"You seem to be getting nowhere:\n{seen}\n{instead}"
