"""What the gate does while a person waits for it, a sentence a step."""

from darkfactory.domain.counting import listed
from darkfactory.domain.event import Event
from darkfactory.gate.room import GateRoom


def step_words(room: GateRoom, event: Event) -> str:
    """Return the step that *event* begins, empty where it begins none.

    What landed or bounced is no step: it is the result.
    """
    name = str(event.data.get("change") or "")
    change = room.changes.get(name)
    if change is None:
        return ""
    base = room.hub.base
    match event.type:
        case "change.approved":
            return f"{name}: merging it with {base}"
        case "change.testing":
            lane = room.lane(change)
            command = (lane and lane.harness) or room.settings.harness.command
            return f"{name}: testing it merged with {base}: {command}"
        case "change.landing":
            return f"{name}: green; landing it on {base}"
        case "change.queued" if event.data.get("reason"):
            return f"{name}: once more, since {event.data['reason']}"
        case "change.checked" | "change.pretested":
            found = "green" if event.data.get("green") else "red"
            behind = listed(event.data.get("ahead") or ())
            return f"{name}: tested ahead of your verdict{behind and f', behind {behind}'}: {found}"
        case _:
            return ""
