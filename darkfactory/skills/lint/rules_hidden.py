"""Rule I001: what an agent reads, or a terminal obeys, and a person who looks does not see."""

import re
from collections.abc import Iterator

from darkfactory.config.problems import shown
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot
from darkfactory.skills.lint.text import Text

_FLAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")
_UNSEEN = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2028-\u202e\u2060-\u2064\u2066-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_OBEYED = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_PICTURE = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_HIDDEN = re.compile(
    f"[{_OBEYED}{_UNSEEN}]"
    # Joiners and variants belong to pictures, and to scripts that join or vary their letters.
    f"|(?<![{_PICTURE}#*0-9])[\ufe0e\ufe0f]|(?<![\u3400-\u9fff])[\ufe00-\ufe0d]"
    f"|(?<![\u0600-\u109f\ufe0f{_PICTURE}])[\u200c\u200d]"
)
_PERHAPS_HIDDEN = re.compile(f"[{_OBEYED}{_UNSEEN}\ufe00-\ufe0f\u200c\u200d]")
_HIDDEN_IN_ASCII = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
# No name needs a tab or a newline; a lone surrogate is a byte that is no UTF-8.
_HIDDEN_IN_NAME = re.compile(f"[\t\n{_OBEYED}{_UNSEEN}\ud800-\udfff]")
_PAGE_BREAK = "\f"


def _hidden(skill: ParsedSkill) -> Iterator[Spot]:
    for text in skill.told:
        yield from _in_text(text, skill)
    for name in skill.files:
        found = _HIDDEN_IN_NAME.search(name)
        if found:
            where = shown(name)
            yield Spot(f"the file name {where} holds {_sign(found[0])}", file=where.strip("'"))


def _in_text(text: Text, skill: ParsedSkill) -> Iterator[Spot]:
    if text.lone_return:
        yield Spot(_said("\r"), text.lone_return, text.name)
    pattern = _HIDDEN_IN_ASCII if text.text.isascii() else _PERHAPS_HIDDEN
    if not pattern.search(text.text):
        return
    for number, line in enumerate(text.text.split("\n"), 1):
        mark = "\ufeff" if number == 1 else ""
        plain = line.removeprefix(mark).lstrip(_PAGE_BREAK)
        found = _HIDDEN.search(_FLAGS.sub("", plain)) if pattern.search(plain) else None
        if found:
            yield Spot(_said(found[0]), skill.line(text, number), text.name)


def _said(sign: str) -> str:
    return f"a character that nobody sees ({_sign(sign)})"


def _sign(sign: str) -> str:
    return f"U+{ord(sign):04X}"


HIDDEN_RULE = Rule(
    "I001", "neither texts nor file names hold characters that nobody sees",
    "an agent reads what a reviewer cannot, and a terminal obeys what it should show",
    "remove the character",
    _hidden, "error",
)  # fmt: skip
