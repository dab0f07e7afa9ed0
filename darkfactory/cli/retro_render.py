"""What a window of time came to, as people see it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from darkfactory.cli.columns import Column, table
from darkfactory.cli.output import flat
from darkfactory.cli.patch_lines import changed_lines
from darkfactory.cli.prose import wrapped
from darkfactory.cli.words import count
from darkfactory.domain.counting import counted

_WIDTH = 80
_COLUMNS = (
    Column("METRIC"),
    Column("NOW", right=True),
    Column("BEFORE", right=True),
    Column("FROM"),
)
_LANES = (Column("LANE"), Column("ITEMS", right=True), Column("DONE", right=True))
_FINDINGS = (Column("FOUND"), Column("SKILL"), Column("SESSIONS", right=True), Column("WHAT"))
_FOLLOW_UPS = (
    Column("LEARNED"),
    Column("GOOD BEFORE", right=True),
    Column("SINCE", right=True),
    Column("VERDICT"),
    Column("FROM"),
)
_HOLDOUTS = (
    Column("HELD OUT"),
    Column("GOOD WITH", right=True),
    Column("WITHOUT", right=True),
    Column("POINTS", right=True),
    Column("P", right=True),
    Column("TOKENS", right=True),
    Column("VERDICT"),
)
_MOST = 12
_NOTHING = "No finding: nothing of note happened in several sessions alike."
_NO_PROPOSAL = (
    "Nothing to propose: what was found is judged, no rule can word it, or too few sessions show"
    " it. df retro --draft-with AGENT has an agent word what no rule can."
)
_NEXT = "df retro accept ID puts one at the gate; df retro reject ID --reason TEXT lets it rest."


def _share(value: float) -> str:
    return f"{value:.0%}"


def _minutes(value: float) -> str:
    return f"{value:.1f} min"


_SHOWN: Mapping[str, tuple[str, Callable[[float], str], Callable[[Mapping[str, Any]], str]]] = {
    "abandoned_rate": (
        "sessions abandoned",
        _share,
        lambda one: f"{_of(one)} sessions{_left(one, 'not settled')}",
    ),
    "tokens_saved": (
        "tokens saved (estimate)",
        count,
        lambda one: (
            f"estimated for {one['denominator']} of"
            f" {counted(one['denominator'] + one['unknown'], 'nuke')}"
        ),
    ),
    "tokens_per_landed": (
        "tokens per green landing",
        count,
        lambda one: (
            f"{_tokens(one)} over {counted(one['denominator'], 'change')}"
            f"{_left(one, 'told no tokens')}"
        ),
    ),
    "false_alarms": (
        "false alarms",
        _share,
        lambda one: f"{_of(one)} steered or nuked sessions landed{_left(one, 'not settled')}",
    ),
    "steers_rescued": (
        "steers that rescued",
        _share,
        lambda one: f"{_of(one)} steers{_left(one, 'cannot be told')}",
    ),
    "lane_completion": ("items done", _share, lambda one: f"{_of(one)} items worked on"),
    "regressions": (
        "regressions",
        _share,
        lambda one: f"{_of(one)} landed changes reverted or red",
    ),
    "review_minutes": (
        "review per landing",
        _minutes,
        lambda one: (
            f"{_time(one)} over {counted(one['denominator'], 'change')}{_left(one, 'not measured')}"
        ),
    ),
    "landed_in_batches": (
        "landed in batches",
        _share,
        lambda one: f"{_of(one)} landed changes",
    ),
    "drills_caught": ("drills caught", _share, lambda one: f"{_of(one)} drills judged"),
}


def retro_screen(retro: Mapping[str, Any], since: str, *, width: int | None = _WIDTH) -> str:
    """Render the metrics with those of the window before, and the lanes."""
    rows = [
        (name, _value(one["value"], shown), _value(one["before"], shown), told(one))
        for key, (name, shown, told) in _SHOWN.items()
        for one in (retro["metrics"][key],)
    ]
    parts = [
        f"The last {since}, beside the {since} before",
        table(_COLUMNS, rows, width=width, whole=True),
    ]
    if retro["lanes"]:
        lanes = [(one["name"], str(one["items"]), str(one["done"])) for one in retro["lanes"]]
        parts.append(table(_LANES, lanes, width=width))
    return "\n\n".join([*parts, *_lessons(retro, width)])


def _lessons(retro: Mapping[str, Any], width: int | None) -> Iterator[str]:
    yield from _since(retro["follow_ups"], width)
    if retro["holdouts"]:
        rows = [_holdout(one) for one in retro["holdouts"]]
        yield table(_HOLDOUTS, rows, width=width, whole=True)
    found = retro["findings"]
    if not found and not retro["proposals"]:
        yield _NOTHING
        return
    if found:
        rows = [_finding(one) for one in found[:_MOST]]
        yield table(_FINDINGS, rows, width=width, whole=True)
    if len(found) > _MOST:
        yield f"{len(found) - _MOST} more findings: df retro --json"
    for one in retro["proposals"]:
        yield "\n".join(_proposal(one, width))
    yield "\n".join(wrapped("", _NEXT if retro["proposals"] else _NO_PROPOSAL, width))


def _since(followed: Sequence[Mapping[str, Any]], width: int | None) -> Iterator[str]:
    """Yield how accepted edits fared, and which of the bad ones cannot be taken back."""
    if followed:
        rows = [_follow_up(one) for one in followed]
        yield table(_FOLLOW_UPS, rows, width=width, whole=True)
    for one in followed:
        if one["revert_problem"]:
            told = f"{one['skill']} {one['version']} fared worse and cannot be taken back here:"
            words = f"{told} {flat(one['revert_problem'])}; edit it by hand."
            yield "\n".join(wrapped("", words, width))


def _follow_up(one: Mapping[str, Any]) -> tuple[str, ...]:
    before = f"{one['good_before']} of {one['sessions_before']}"
    now = f"{one['good']} of {one['sessions']}"
    return f"{one['skill']} {one['version']}", before, now, one["verdict"], one["proposal"]


def _holdout(one: Mapping[str, Any]) -> tuple[str, ...]:
    given, without = one["given"], one["withheld"]
    points = "-" if one["interval"] is None else _points(*one["interval"])
    tokens = ["?" if arm["tokens"] is None else count(arm["tokens"]) for arm in (given, without)]
    return (
        f"{one['skill']} {one['version']}",
        *(f"{arm['good']} of {arm['items']}" for arm in (given, without)),
        points,
        "-" if one["p"] is None else f"{one['p']:.2f}",
        " / ".join(tokens),
        one["verdict"],
    )


def _points(low: float, high: float) -> str:
    return f"{100 * low:+.0f} to {100 * high:+.0f}"


def _finding(one: Mapping[str, Any]) -> tuple[str, ...]:
    sessions = str(one["support"]["sessions"]) + ("" if one["supported"] else "?")
    return one["miner"], one["skill"] or "-", sessions, flat(one["said"])


def _proposal(one: Mapping[str, Any], width: int | None) -> Iterator[str]:
    versions = one["from"] if one["from"] == one["to"] else f"{one['from']} -> {one['to']}"
    yield f"{one['id']}  {one['type']} in {one['skill']} {versions}, {one['tokens']:+d} tokens"
    if one["drafted_by"] != "rule":
        yield f"  worded by {flat(one['drafted_by'])}"
    if one["flagged"]:
        yield from wrapped("  LOOK CLOSELY: ", ", ".join(one["flags"]), width)
    yield from wrapped("  because ", flat(one["reason"]), width)
    for line in changed_lines(one["patch"]):  # the version is told above
        yield f"  {line}"


def _value(value: float | None, shown: Callable[[float], str]) -> str:
    return "unknown" if value is None else shown(value)


def _of(one: Mapping[str, Any]) -> str:
    return f"{one['numerator']:.0f} of {one['denominator']}"


def _tokens(one: Mapping[str, Any]) -> str:
    return "?" if one["numerator"] is None else count(one["numerator"])


def _time(one: Mapping[str, Any]) -> str:
    return "?" if one["numerator"] is None else f"{one['numerator']:.1f} min"


def _left(one: Mapping[str, Any], why: str) -> str:
    return f", {one['unknown']} {why}" if one["unknown"] else ""
