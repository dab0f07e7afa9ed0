"""What a reviewer sees of a change above its diff."""

from collections.abc import Iterator

from darkfactory.cli.gate_looks import LOUD, in_brief, warned
from darkfactory.cli.gate_render import NAMES, claims, facts
from darkfactory.cli.output import cut, flat
from darkfactory.cli.prose import quoted, wrapped
from darkfactory.cli.words import count
from darkfactory.domain.counting import counted
from darkfactory.factory.review import Opened

_BODY_LINES = 4
_SUMMARY_LINES = 5
_MOST_LINES = 2
_MOST_LOOKS = 10

Shown = tuple[str, str]
"""A line and the style that it is shown in."""


def fact_rows(opened: Opened, width: int, *, whole: bool) -> Iterator[Shown]:
    """Yield the lines that tell of a change, what a reader must not miss last.

    Args:
        whole: Whether all of the change is shown, and not only what is new to its reader.
    """
    change = opened.change
    brief = in_brief(change)
    rows = (
        *([(LOUD, brief)] if brief else ()),
        *_intent(opened),
        *(
            ("checks" if name == "harness" else name, text)
            for name, text in facts(change, at_most=1)
        ),
        ("lands", opened.lands),
        *_shape(opened),
        *_cost(opened),
        *claims(change),
        *_looks(opened),
    )
    name_of_style = ""
    for name, text in rows:
        if name == "size":
            continue
        name_of_style = name or name_of_style
        bad = name_of_style == LOUD or "REFUTED" in text
        lines = wrapped(f"{name:<{NAMES}}", text, width)
        for line in lines if bad else _few(lines, width):
            yield line, "warn" if bad else ""
    yield from _said(opened, width)
    yield from _answers(opened, width)
    yield from _news(opened, whole=whole)


def _few(lines: list[str], width: int) -> list[str]:
    """Return the first of some *lines*, with a sign where there are more."""
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[: _MOST_LINES - 1], cut(f"{lines[_MOST_LINES - 1]} …", width)]


def _intent(opened: Opened) -> Iterator[tuple[str, str]]:
    change, origin = opened.change, opened.origin
    parts = [f"item {change['item']}"]
    parts += [f"lane {change['lane']}"] if change["lane"] else []
    parts += [f"agent {origin.agent}"] if origin.agent else []
    parts += [f"skills {', '.join(origin.skills)}"] if origin.skills else []
    parts += [f"revision {change['revision']}"] if change["revision"] > 1 else []
    yield "intent", ", ".join(parts)
    lines = [line for line in origin.body.splitlines() if line.strip()]
    for line in lines[:_BODY_LINES]:
        yield "", line
    if len(lines) > _BODY_LINES:
        yield "", f"… {counted(len(lines) - _BODY_LINES, 'more line')}"


def _shape(opened: Opened) -> Iterator[tuple[str, str]]:
    change = opened.change
    if opened.diff is not None:
        from darkfactory.changes.reading import shape

        more = f", {opened.diff.more} more lines" if opened.diff.more else ""
        yield "shape", shape(opened.diff.files) + more
    else:
        yield "shape", f"{counted(change['files'], 'file')} +{change['added']} -{change['removed']}"


def _cost(opened: Opened) -> Iterator[tuple[str, str]]:
    origin = opened.origin
    parts = [f"{count(origin.tokens)} tokens"] if origin.tokens else []
    parts += [f"${origin.usd:.2f}"] if origin.usd else []
    parts += [f"{origin.minutes:.0f} min" if origin.minutes >= 1 else "under a minute"]
    if origin.agent:
        yield "cost", ", ".join(parts)


def _looks(opened: Opened) -> Iterator[tuple[str, str]]:
    """Yield what must not be missed; of very much the first, for all of it stands in the diff."""
    rows = list(warned(opened.change))
    yield from rows[:_MOST_LOOKS]
    if len(rows) > _MOST_LOOKS:
        left = len(rows) - _MOST_LOOKS
        yield LOUD, f"… {left} more, at their lines below; df gate show {opened.id} has all"


def _said(opened: Opened, width: int) -> Iterator[Shown]:
    summary = str(opened.change["summary"] or "")
    if not summary.strip():
        return
    yield "", ""
    yield "The agent says:", "dim"
    lines = quoted(summary, width)
    for line in lines[:_SUMMARY_LINES]:
        yield line, "dim"
    if len(lines) > _SUMMARY_LINES:
        left = counted(len(lines) - _SUMMARY_LINES, "more line")
        yield f"  … {left}: df gate show {opened.id}", "dim"


def _answers(opened: Opened, width: int) -> Iterator[Shown]:
    comments = opened.change["comments"]
    if comments:
        yield "", ""
        yield "Your comments:", ""
    for comment in comments:
        head = f"  {comment['number']}. {flat(comment['path'])}:{comment['line']} "
        for line in wrapped(head, str(comment["text"]), width, hang=5):
            yield line, ""
        answer = comment["answer"]
        for line in wrapped("     -> ", str(answer or "NOT ANSWERED"), width):
            yield line, "" if answer else "warn"


def _news(opened: Opened, *, whole: bool) -> Iterator[Shown]:
    """Yield what part of the change is shown below, where there is more than one to show."""
    if opened.since is None:
        return
    yield "", ""
    if whole:
        yield f"All of it. w shows only what is new since revision {opened.seen}", "asked"
    else:
        yield f"Only what is new since revision {opened.seen}, which you read. w: all", "asked"
