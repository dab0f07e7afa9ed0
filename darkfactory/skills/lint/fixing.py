"""Mend in SKILL.md what can be mended without knowing what its author meant.

Only these: a byte order mark goes; a value of the front matter that breaks the YAML is quoted; the
name becomes that of the folder; keys that no agent reads move below ``metadata:``; and a link gets
the letters of the file that it differs from in case alone.
"""

import json
import re
from collections.abc import Callable

from darkfactory.config import yamltree
from darkfactory.skills.frontmatter import FILE, NAME, Head, read_head
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rules_structure import CLIENT_KEYS, STANDARD_KEYS

_BOM = "\ufeff"
_VALUE = re.compile(r"([A-Za-z_][\w-]{0,60}):[ \t]+(\S.*?)[ \t]*$")
_QUOTED = ('"', "'", "|", ">", "[", "{", "&", "*", "!")
_METADATA = "metadata"


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
    return text if lost or len(after.findings) > len(head.findings) else made


def _quoted(lines: list[str], head: Head, _folder: str) -> None:
    if head.entries:
        return
    for at in range(1, head.body - 1):
        ending = "\r" if lines[at].endswith("\r") else ""
        found = _VALUE.fullmatch(lines[at].removesuffix("\r"))
        if found and not found[2].startswith(_QUOTED) and (": " in found[2] or " #" in found[2]):
            lines[at] = f"{found[1]}: {json.dumps(found[2], ensure_ascii=False)}{ending}"


def _named(lines: list[str], head: Head, folder: str) -> None:
    at = head.line_of("name") - 1
    ending = "\r" if lines[at].endswith("\r") else ""
    if head.name != folder and NAME.fullmatch(folder) and _is_one_line(head, "name", lines):
        lines[at] = f"name: {folder}{ending}"


def _moved_keys(head: Head) -> set[str]:
    return head.entries.keys() - set(STANDARD_KEYS) - CLIENT_KEYS.keys()


def _moved(lines: list[str], head: Head, _folder: str) -> None:
    if _METADATA in head.entries:  # its own layout is its author's
        return
    keys = [key for key in head.entries if key in _moved_keys(head)]
    places = [head.line_of(key) - 1 for key in keys if _is_one_line(head, key, lines)]
    moved = [lines[at] for at in sorted(places)]
    for at in sorted(places, reverse=True):
        del lines[at]
    if moved:
        ending = "\r" if moved[0].endswith("\r") else ""
        end = head.body - 1 - len(moved)
        lines[end:end] = [f"{_METADATA}:{ending}", *(f"  {line}" for line in moved)]


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
