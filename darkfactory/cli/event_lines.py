"""One line for each change of state, as ``df run`` tells it to people."""

from darkfactory.cli.output import flat
from darkfactory.cli.words import clock_time, count, without
from darkfactory.domain.counting import counted
from darkfactory.domain.event import Event
from darkfactory.domain.foreign import number_of

_QUIET = frozenset(
    {
        "item.triaged",
        "plan.made",
        "item.assigned",
        "run.finished",
        "report.read",
        "change.read",
        "gate.compared",
    }
)
_TYPES = 17
_COMMIT = 12


def event_line(event: Event) -> str:
    """Return the one line that tells *event* to a person, empty where it tells nothing new.

    A run's end is told by its closing words.
    """
    if event.type in _QUIET:
        return ""
    subject = event.data.get("change") or event.session or ""
    told = flat(f"{subject}  {_detail(event)}")
    return f"{clock_time(event.ts)} {flat(event.type):<{_TYPES}} {told}".rstrip()


def _detail(event: Event) -> str:
    data = event.data
    match event.type:
        case "run.started":
            return f"at most {counted(int(data.get('lanes') or 0), 'session')} at once"
        case "session.started":
            return f"{data.get('item')} in {data.get('lane')} by {event.agent}"
        case "session.ended":
            outcome, tokens = str(data.get("outcome")), count(number_of(data.get("tokens")) or 0)
            return f"{outcome}: {without(outcome, str(data.get('reason')))} ({tokens} tokens)"
        case "change.proposed":
            files = counted(int(number_of(data.get("files")) or 0), "file")
            return f"{files}, +{data.get('added')} -{data.get('removed')}"
        case "change.checked":
            return f"{'green' if data.get('green') else 'RED'}: {data.get('why')}"
        case "change.waiting":
            return "waits for your verdict"
        case "change.landed":
            return f"as {str(data.get('commit'))[:_COMMIT]}"
        case _:
            told = (data.get("reason") or data.get("text"), data.get("fix"))
            return "; ".join(str(part) for part in told if part)
