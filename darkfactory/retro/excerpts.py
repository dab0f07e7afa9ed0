"""What events of a log say to somebody who was not there: a few words of each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from darkfactory.domain.event import Event
from darkfactory.domain.foreign import list_of, mapping_of, text_of
from darkfactory.retro.case import Evidence
from darkfactory.retro.wording import one_line

LONGEST = 400
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "control.requested": ("by", "text"),
    "file.changed": ("path", "added"),
    "nn.kept": ("id", "because"),
    "nn.violated": ("id", "because"),
    "session.ended": ("outcome", "reason"),
    "session.started": ("item", "title", "lane", "agent"),
    "skill.loaded": ("name", "version"),
    "skill.reference_read": ("name", "path"),
    "tool.finished": ("status", "exit_code"),
    "waffle.scored": ("action", "score"),
}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of evidence as it is shown: *name* is what an answer cites it by."""

    name: str
    place: Evidence
    text: str


def excerpt_of(event: Event) -> str:
    """Return what *event* says, shortened, on one line, without what nobody sees."""
    data = event.data
    told = [f"{key} {data[key]}" for key in _SHOWN.get(event.type, ()) if key in data]
    output = text_of(data.get("output"))
    told += [f"output {output[-LONGEST:]}"] if output else []
    told += [text_of(mapping_of(one).get("because")) for one in list_of(data.get("signals"))]
    return one_line(f"{event.type}: {', '.join(filter(None, told))}", LONGEST)
