"""The draws of holdouts, as the factory's stream tells them."""

from collections.abc import Iterable, Iterator

from darkfactory.domain.foreign import list_of, mapping_of, number_of, text_of
from darkfactory.factory.line import Line
from darkfactory.retro.history import Sitting
from darkfactory.retro.holdouts import Chance


def chances_of(line: Line, sittings: Iterable[Sitting]) -> Iterator[Chance]:
    """Yield each skill that could have been withheld from one of *sittings*, and whether it was."""
    for sitting in sittings:
        data = line.record.sessions[sitting.session].started.data
        for key in ("skills", "withheld"):
            for one in map(mapping_of, list_of(data.get(key))):
                share = number_of(one.get("share")) or 0
                name, version = text_of(one.get("name")), text_of(one.get("version"))
                yield Chance(name, version, share, key == "withheld", sitting)
