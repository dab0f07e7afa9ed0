"""Small edits of a skill's texts: an item into its list, an item out, a version up."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from darkfactory.domain.skill import NonNegotiable
from darkfactory.retro.shelf import Shelved

RULES = ("rules", "conventions", "must", "non-negotiable")
GOTCHAS = ("gotcha", "pitfall", "known problem", "troubleshoot")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"(\s*)([-*+]|\d+[.)])\s+")
_NUMBER = re.compile(r"\d+")
_FENCE = re.compile(r"\s*(```|~~~)")
_VERSION = re.compile(r"^version\s*:[^\r\n]*", re.MULTILINE)
_NUMBERS = re.compile(r"([vV]?)(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?")


def with_item(
    skill: Shelved, headings: Sequence[str], title: str, item: str, *, first: bool = False
) -> str:
    """Return SKILL.md with *item* at the end of the list below one of *headings*.

    Args:
        skill: The skill.
        headings: Words, in small letters; the first heading with the first of them that one has.
        title: The heading to make where there is none: at the end, or behind the first heading.
        item: One line, without its bullet.
        first: Whether what is made comes behind the first heading.
    """
    lines = list(skill.head.lines)
    found = list(_headings(lines, skill.head.body))
    fits = (at for word in headings for at, text in found if word in text.lower())
    at = next(fits, None)
    if at is not None:
        end = next((later for later, _ in found if later > at), len(lines))
        last = _last_item(lines, at + 1, end)
        if last is None:
            lines[at + 1 : at + 1] = ["", f"- {item}"]
        else:
            behind, mark = last
            lines.insert(behind, f"{mark} {item}")
        return "\n".join(lines)
    block = [f"## {title}", "", f"- {item}"]
    if first:
        behind = found[0][0] + 1 if found else skill.head.body
        lines[behind:behind] = ["", *block]
        return "\n".join(lines)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join([*lines, "", *block, ""])


def ended_as(skill: Shelved, text: str) -> str:
    """Return *text*, which *skill* is to hold, with the line ends of Windows where it has these."""
    is_windows = 0 < skill.text.count("\n") == skill.text.count("\r\n")
    return text.replace("\r\n", "\n").replace("\n", "\r\n") if is_windows else text


def without_item(skill: Shelved, rule: NonNegotiable) -> Shelved:
    """Return *skill* without the list item of *rule* in SKILL.md, and without its entry in df.yaml.

    Texts in which it is no item of a list stay as they are.
    """
    mark = f"[{rule.id}]"
    lines = list(skill.head.lines)
    at = next((at for at, line in enumerate(lines) if _ITEM.match(line) and mark in line), None)
    if at is not None:
        del lines[at : item_end(lines, at)]
    entry = re.compile(
        rf"(\s*)-\s+(?:\{{\s*)?id\s*:\s*[\"']?{re.escape(rule.id)}[\"']?\s*(?:,.*|$)"
    )
    side = skill.side.split("\n")
    at = next((at for at, line in enumerate(side) if entry.fullmatch(line)), None)
    if at is not None:
        del side[at : item_end(side, at)]
    return replace(skill, text="\n".join(lines), side="\n".join(side))


def with_version(skill: Shelved, side: str | None, part: int) -> tuple[str, str, str]:
    """Return the version of *skill*, the next one, and its df.yaml with that.

    Args:
        side: The new df.yaml apart from the version; the present one if None.
        part: Which number rises: 0 the first, 1 the second, 2 the third.
    """
    old = skill.version
    new = _next(old, part)
    text = skill.side if side is None else side
    line = f"version: {new}"
    if _VERSION.search(text):
        return old, new, _VERSION.sub(line, text, count=1)
    return old, new, f"{line}\n{text}"


def item_end(lines: Sequence[str], at: int) -> int:
    """Return the index behind the list item that begins at *at*: lines further in belong to it."""
    found = _ITEM.match(lines[at])
    indent = len(found[1]) if found else 0
    end = at + 1
    while end < len(lines) and lines[end].strip():
        inner = len(lines[end]) - len(lines[end].lstrip())
        if inner <= indent:
            break
        end += 1
    return end


def _next(version: str, part: int) -> str:
    found = _NUMBERS.match(version)
    lead, *told = found.groups() if found else ("", *"000")
    numbers = [int(number or 0) for number in told]
    numbers[part:] = [numbers[part] + 1, *[0] * (2 - part)]
    return lead + ".".join(map(str, numbers))


def prose_lines(lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    """Yield the lines from *start* that are neither headings nor in a block of code."""
    yield from ((at, line) for at, line in _unfenced(lines, start) if not _HEADING.match(line))


def _headings(lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    for at, line in _unfenced(lines, start):
        found = _HEADING.match(line)
        if found:
            yield at, found[2]


def _unfenced(lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    fence = ""
    for at, line in enumerate(lines[start:], start):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1] == fence):
            fence = "" if fence else mark[1]
        elif not fence:
            yield at, line


def _last_item(lines: Sequence[str], start: int, end: int) -> tuple[int, str] | None:
    """Return the index behind the last list item in a part of *lines*, and the mark of a next one.

    None if it has none. Items of items are no part of the list.
    """
    items = [(at, found) for at in range(start, end) if (found := _ITEM.match(lines[at]))]
    if not items:
        return None
    outer = min(len(found[1]) for _, found in items)
    mark = next(f"{found[1]}{found[2]}" for _, found in reversed(items) if len(found[1]) == outer)
    return min(item_end(lines, items[-1][0]), end), _NUMBER.sub(_next_number, mark)


def _next_number(found: re.Match[str]) -> str:
    return str(int(found[0]) + 1)
