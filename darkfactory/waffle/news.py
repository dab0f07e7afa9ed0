"""What the calls of a session bring that was not known before.

News is a new content of a file, or a result with lines that no result had. Where neither is to be
expected, as for a command that did its work in silence, a call says nothing either way.
"""

import re
from array import array
from zlib import crc32

from darkfactory.waffle.purpose import Purpose
from darkfactory.waffle.recent import Recent, Seen
from darkfactory.waffle.step import TELLING, Call, without_ids

_READ_BACK = 3_000
_MOST_LINES = 60
_SHORTEST_LINE = 6
_NEW_SHARE = 0.25
_KEYS = 48
_SHORT = 300

_DIGITS = b"0123456789"
_MOMENT = re.compile(r"\d{1,4}[-/:]\d{1,2}[-/:]\d{1,4}[T ]?[\d:.,Z+]*")
_NOTHING_FOUND = re.compile(
    r"\bno (?:such|match|files?\b|results?|occurrence|entries|hits|output)|\bnot found\b"
    r"|\b(?:found|returned) (?:0|no)\b|\b0 (?:match|result|file|hit|occurrence)"
    r"|\bnothing (?:found|matche[sd])|\b(?:could not|couldn't|cannot|can't|unable to) find\b",
    re.IGNORECASE,
)


class Lines:
    """Which lines were seen before: a table of fixed size, in which old lines give way."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._table = array("I", bytes(4 * slots))

    def new_share(self, text: str, *, without: bytes = b"") -> float | None:
        """Return how much of the lines of *text* is new, and remember them; None: no lines.

        Args:
            text: What was printed; only its end is looked at.
            without: Characters that make no difference.
        """
        count = fresh = 0
        table, slots = self._table, self._slots
        said = text[-_READ_BACK:].encode("utf-8", "replace").translate(None, without)
        for line in said.splitlines()[-_MOST_LINES:]:
            core = line.strip()
            if len(core) < _SHORTEST_LINE:
                continue
            mark = crc32(core)
            count += 1
            if table[mark % slots] != mark:
                table[mark % slots] = mark
                fresh += 1
        return fresh / count if count else None


class News:
    """Tells of each finished call whether it brought anything new; *slots* lines are remembered."""

    def __init__(self, slots: int) -> None:
        self._lines = Lines(slots)
        self._keys: Recent[int, int] = Recent(_KEYS)
        self._targets = Seen(_KEYS)
        self._version = 0

    def of(self, call: Call, output: str, *, other: bool) -> bool | None:
        """Return whether *call* with *output* brought news; None: it says nothing either way.

        *other* tells that no call had quite this result: a number may have moved.
        """
        before = self._keys.get(call.key)
        self._keys.put(call.key, call.version)
        elsewhere = call.target is not None and self._targets.is_new(call.target)
        share = self._share(call, output)
        if call.purpose is Purpose.EDIT:
            return None if call.failed else call.changed
        if call.purpose is Purpose.PLAN:
            return False
        if call.purpose is Purpose.WAIT:
            return None
        if call.purpose is Purpose.LOOK and _found_nothing(output):
            return False
        if share is not None and share >= _NEW_SHARE:
            return True
        if call.version > (self._version if before is None else before):
            self._version = call.version
            return None  # the files are other: to look again is no repetition
        silent = (
            call.purpose is Purpose.RUN
            and call.kind not in TELLING
            and not call.failed
            and (other or before is None)
        )
        first_look = call.purpose is Purpose.LOOK and elsewhere and not call.failed
        return None if silent or first_look else False

    def _share(self, call: Call, output: str) -> float | None:
        """Return how many lines are new, but for what differs between equal runs."""
        if call.purpose is not Purpose.LOOK:
            if "git " in call.shown:
                output = without_ids(output[-_READ_BACK:])
            return self._lines.new_share(output, without=_DIGITS)
        if call.kind == "shell":
            output = _MOMENT.sub("", output[-_READ_BACK:])
        return self._lines.new_share(output)


def _found_nothing(output: str) -> bool:
    said = output.strip()
    return not said or (len(said) < _SHORT and _NOTHING_FOUND.search(said) is not None)
