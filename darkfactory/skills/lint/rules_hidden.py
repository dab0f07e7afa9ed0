"""Rule I001: what an agent reads, or a terminal obeys, and a person who looks does not see."""

import re
from collections.abc import Iterator

from darkfactory.config.problems import shown
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot
from darkfactory.skills.lint.text import Text

_FLAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")
_UNSEEN = "\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f"
_OBEYED = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_HIDDEN = re.compile(f"[{_OBEYED}{_UNSEEN}]")
_HIDDEN_IN_ASCII = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
# No name needs a tab or a newline; a lone surrogate is a byte that is no UTF-8.
_HIDDEN_IN_NAME = re.compile(f"[\t\n{_OBEYED}{_UNSEEN}\ud800-\udfff]")
_PAGE_BREAK = "\f"


def _hidden(skill: ParsedSkill) -> Iterator[Spot]:
    for text in skill.texts.values():
        yield from _in_text(text)
    for name in skill.files:
        found = _HIDDEN_IN_NAME.search(name)
        if found:
            where = shown(name)
            yield Spot(f"the file name {where} holds {_sign(found[0])}", file=where.strip("'"))
    yield from _in_values(skill)


def _in_text(text: Text) -> Iterator[Spot]:
    if text.lone_return:
        yield Spot(_said("\r"), text.lone_return, text.name)
    pattern = _HIDDEN_IN_ASCII if text.text.isascii() else _HIDDEN
    if not pattern.search(text.text):
        return
    for number, line in enumerate(text.text.split("\n"), 1):
        mark = "\ufeff" if number == 1 else ""
        plain = line.removeprefix(mark).lstrip(_PAGE_BREAK)
        found = _HIDDEN.search(_FLAGS.sub("", plain))
        if found:
            yield Spot(_said(found[0]), number, text.name)


def _in_values(skill: ParsedSkill) -> Iterator[Spot]:
    """Yield what an escape of YAML brings in, which stands in no text as it is."""
    found = _HIDDEN.search(skill.head.description)
    if found:
        yield Spot(f"the description holds {_sign(found[0])}", skill.head.line_of("description"))
    for rule in skill.sidecar.non_negotiables:
        found = _HIDDEN.search(f"{rule.text}{rule.why}")
        if found:
            yield Spot(f"the rule {rule.id} holds {_sign(found[0])}", file="df.yaml")


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
