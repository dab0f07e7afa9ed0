"""Mend in SKILL.md what can be mended without knowing what its author meant.

Only these: a byte order mark goes; a value of the front matter that is no YAML is quoted; the name
becomes that of the folder; keys that no agent reads move below ``metadata:``; and a link gets the
letters of the file that it differs from in case alone.
"""

import json
import re
from collections.abc import Callable

from darkfactory.config import yamltree
from darkfactory.config.scalars import BadYaml
from darkfactory.skills.frontmatter import FILE, NAME, Head, read_head
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rules_structure import CLIENT_KEYS, STANDARD_KEYS

_BOM = "\ufeff"
_VALUE = re.compile(r"([A-Za-z_][\w-]{0,60}):[ \t]+(\S.*?)[ \t]*$")
_NAMED = re.compile(r"""(name:[ \t]*)(?:"[^"]*"|'[^']*'|[^#\r]*?)((?:[ \t]+#.*|[ \t]*)\r?)""")
_ENTRY = re.compile(r"( +)[\w\"'-]")
_METADATA = "metadata"
_TEXTS = ("name", "description", "license", "compatibility")


def mended(text: str, skill: ParsedSkill) -> str:
    """Return *text*, the SKILL.md of *skill*, with what can be mended by rule; perhaps unchanged.

    A step whose outcome could not be read better than what it began with is not taken.
    """
    text = _linked(
        text.removeprefix(_BOM), skill
    )  # first, while the lines are those that were read
    for step in (_quoted, _named, _moved):
        text = _if_better(text, step, skill.name)
    return text


def _if_better(text: str, step: Callable[[list[str], Head, str], None], folder: str) -> str:
    head = read_head(text.encode(errors="surrogatepass"), folder)
    lines = text.split("\n")
    if not head.body or head.lines != [line.removesuffix("\r") for line in lines]:
        return text
    step(lines, head, folder)
    made = "\n".join(lines)
    after = read_head(made.encode(errors="surrogatepass"), folder)
    lost = head.entries.keys() - after.entries.keys() - _moved_keys(head)
    worse = lost or not after.entries or len(after.findings) > len(head.findings)
    return text if worse else made


def _quoted(lines: list[str], head: Head, _folder: str) -> None:
    if head.entries:
        return
    for at in range(1, head.body - 1):
        found = _VALUE.fullmatch(lines[at].removesuffix("\r"))
        goes_on = lines[at + 1].startswith((" ", "\t"))
        if found and not goes_on and _is_text(found[1], found[2]) and not _is_yaml(found[0]):
            lines[at] = (
                f"{found[1]}: {json.dumps(found[2], ensure_ascii=False)}{_ending(lines[at])}"
            )


def _is_text(key: str, value: str) -> bool:
    """Tell whether *value* was meant as text, and as no list that is never closed."""
    return key in _TEXTS or not value.startswith(("[", "{"))


def _ending(line: str) -> str:
    return "\r" if line.endswith("\r") else ""


def _is_yaml(text: str) -> bool:
    try:
        yamltree.parse(text)
    except BadYaml:
        return False
    return True


def _named(lines: list[str], head: Head, folder: str) -> None:
    if head.name == folder or not NAME.fullmatch(folder) or not head.entries:
        return
    at = head.line_of("name") - 1
    if "name" not in head.entries:
        lines.insert(1, f"name: {folder}{_ending(lines[0])}")
    elif _is_one_line(head, "name", lines) and (found := _NAMED.fullmatch(lines[at])):
        lines[at] = f"{found[1]}{folder}{found[2]}"


def _moved_keys(head: Head) -> set[str]:
    return head.entries.keys() - set(STANDARD_KEYS) - CLIENT_KEYS.keys()


def _moved(lines: list[str], head: Head, _folder: str) -> None:
    keys = [key for key in head.entries if key in _moved_keys(head)]
    places = sorted(head.line_of(key) - 1 for key in keys if _is_one_line(head, key, lines))
    moved = [lines[at] for at in places]
    if not moved:
        return
    if _METADATA in head.entries:
        begin = head.line_of(_METADATA)
        first = _ENTRY.match(lines[begin])
        if lines[begin - 1].rstrip() != f"{_METADATA}:" or first is None:
            return  # a layout of its author's own
        new, indent = [], first[1]
    else:
        begin, indent = head.body - 1, "  "
        new = [f"{_METADATA}:{_ending(moved[0])}"]
    lines[begin:begin] = [*new, *(f"{indent}{line}" for line in moved)]
    for at in reversed(places):
        del lines[at + (len(new) + len(moved) if at >= begin else 0)]


def _is_one_line(head: Head, key: str, lines: list[str]) -> bool:
    """Tell whether *key* and its value stand on one line of their own."""
    if key not in head.entries or not isinstance(head.entries[key][1], yamltree.Scalar):
        return False
    at = head.line_of(key) - 1
    after = lines[at + 1]
    alone = lines[at].startswith(f"{key}:") and not lines[at].rstrip().endswith(("|", ">"))
    return alone and not after.startswith((" ", "\t", "\r")) and bool(after)


def _linked(text: str, skill: ParsedSkill) -> str:
    files = {name.lower(): name for name in skill.files}
    lines = text.split("\n")
    for one in skill.graph.pointers:
        meant = files.get(one.path.lower())
        written = one.target.split("#")[0]
        if meant is None or one.path in skill.files or one.source != FILE:
            continue
        if one.line <= len(lines) and written.lower().endswith(meant.lower()):
            right = written[: -len(meant)] + meant
            lines[one.line - 1] = lines[one.line - 1].replace(written, right)
    return "\n".join(lines)
