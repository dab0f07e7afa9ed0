"""Characters in a change that a reader does not see, or that make a line read otherwise than it is.

See Boucher and Anderson, "Trojan Source" (CVE-2021-42574).
"""

import re
import unicodedata
from collections.abc import Iterable

from darkfactory.changes.places import Place
from darkfactory.changes.secret_forms import is_document
from darkfactory.changes.unified import Line

_WIDEST = 20_000
_PICTURE = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_TURNED = "\u202a-\u202e\u2066-\u2069"
_TURNS = re.compile(rf"[{_TURNED}\U000e0000-\U000e007f]")
_HIDES = re.compile(
    rf"[{_TURNED}\U000e0000-\U000e007f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b\u200e\u200f\u2028\u2029\u2060-\u2064\u206a-\u206f\u3164\uffa0\ufff9-\ufffb"
    r"\ufeff\U000e0100-\U000e01ef\x00-\x08\x0b\r\x0e-\x1f\x7f\x85]"
    # Joiners and variants belong to pictures and to scripts that join their letters.
    rf"|(?<![{_PICTURE}#*0-9])[\ufe00-\ufe0f]"
    rf"|(?<![\u0600-\u109f\ufe0f{_PICTURE}])[\u200c\u200d]"
)
_ENCODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*(?P<name>[-\w.]+)")
_PLAIN_ENCODINGS = re.compile(
    r"utf-?8(?:-sig)?|(?:us-)?ascii|latin-?1|iso-?8859-?1(?:5)?", re.IGNORECASE
)


def invisible(lines: Iterable[Line]) -> tuple[Place, ...]:
    """Return the *lines*, of those added, that hold what their reader cannot see.

    Documents may hold what scripts of the world need, but nothing that turns the order around.
    """
    found = []
    for line in lines:
        why = _why(line) if line.added else ""
        found += [Place(line.path, line.number, why)] if why else []
    return tuple(found)


def _why(line: Line) -> str:
    text = line.text[:_WIDEST].removesuffix("\r")
    if line.number == 1:
        text = text.removeprefix("\ufeff")
    declared = _ENCODING.match(text) if line.number <= 2 and line.path.endswith(".py") else None  # noqa: PLR2004
    if declared and not _PLAIN_ENCODINGS.fullmatch(declared["name"].replace("_", "-")):
        return f"is to be read as {declared['name']}"
    if text.isascii() and text.isprintable():
        return ""
    seen = (_TURNS if is_document(line.path) else _HIDES).search(text)
    return f"has {_named(seen[0])}" if seen else ""


def _named(letter: str) -> str:
    name = unicodedata.name(letter, "a control character").lower()
    return f"U+{ord(letter):04X} ({name})"
