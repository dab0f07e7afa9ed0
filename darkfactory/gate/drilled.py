"""What a reviewer is told of a drill once it is judged."""

from darkfactory.gate.record import Change


def drill_words(change: Change) -> str:
    """Return what a reviewer is told once a drill is judged, empty of any other change."""
    if not change.drilled or change.drilled == "removed":
        return ""
    told = change.drill
    return f"it was a drill, {change.drilled}: {told['rule']} at {told['path']}:{told['line']}"
