"""The gate as people see it: the list, one change, the log."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from darkfactory.cli.columns import Column, table
from darkfactory.cli.gate_looks import LOUD, in_brief, warned
from darkfactory.cli.output import flat, plain
from darkfactory.cli.prose import quoted, wrapped
from darkfactory.cli.words import age, day_and_time, loop_words, state_word
from darkfactory.domain.counting import counted, listed

_WIDTH = 80
NAMES = 10
"""How wide the names of facts are."""
_MOST_FAILING = 5
_SCREEN = 20
"""How many lines of a small terminal are left above the next step."""
_COMMIT = 12
_LEAST_SHARE = 0.005
_RESULTS = {"pass": "pass", "fail": "FAIL", "timeout": "TIMEOUT", "error": "ERROR"}
_RED_BASE = "red base"
RED_BASE = f"{_RED_BASE}: the base fails by itself, and this change makes nothing else fail"
_GATE = (
    Column("CHANGE"),
    Column("LANE", spare=2),
    Column("STATE"),
    Column("HARNESS"),
    Column("RISK", spare=5, right=True),
    Column("WAFFLE", spare=3, right=True),
    Column("LINES", spare=4),
    Column("AGE", spare=6, right=True),
    Column("CONFLICTS", spare=1),
    Column("TITLE"),
)
_LOG = (
    Column("WHEN", spare=1),
    Column("CHANGE"),
    Column("EVENT"),
    Column("BY", spare=2),
    Column("WHY"),
)
_BOLD, _RED, _GREEN, _CYAN = 1, 31, 32, 36
_PAINT = (
    ("diff ", _BOLD),
    ("--- ", _BOLD),
    ("+++ ", _BOLD),
    ("@@", _CYAN),
    ("+", _GREEN),
    ("-", _RED),
)
_PROVES = {True: "prove it", False: "PROVE NOTHING", None: "unknown"}
_NO_RUN = "it has not run; it does before this lands"
_NO_RUNS = {"landed": "it passed before this landed", "bounced": "see above"}
_HOLDS = {True: "holds", False: "REFUTED"}


def gate_table(rows: Sequence[Mapping[str, Any]], *, width: int | None = _WIDTH) -> str:
    """Render the changes at the gate, in the order they came."""
    if not rows:
        return "nothing is at the gate"
    shown = [
        (
            str(row["id"]),
            str(row["lane"]),
            state_word(str(row["state"])),
            harness_word(row["harness"]),
            _share(row["risk"]["score"], width),
            _share(row["waffle"]["score"], width),
            f"+{row['added']} -{row['removed']}",
            age(row["age_seconds"]),
            listed([*_base(row), *row["conflicts_with"]], at_most=1),
            str(row["title"]),
        )
        for row in rows
    ]
    return table(_GATE, shown, width=width)


def has_red_base(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether any of *rows* says *red base*, which wants an explanation."""
    return any(harness_word(row["harness"]) == _RED_BASE for row in rows)


def harness_word(harness: Mapping[str, Any]) -> str:
    """Return what the checks say in a word.

    *red base*: the harness fails, but with nothing that is new. *not done*: it passes, but the
    item's ``done_when`` command does not.
    """
    if harness.get("green") and harness["result"] == "fail":
        return _RED_BASE
    if harness["result"] == "pass" and harness.get("done_when") is False:
        return "not done"
    return _RESULTS.get(str(harness["result"]), str(harness["result"] or "-"))


def change_screen(
    body: Mapping[str, Any], *, width: int | None = _WIDTH, coloured: bool = False
) -> str:
    """Render one change: what it is, what holds of it, its diff, the diff *coloured* on wish."""
    change = body["change"]
    origin = (
        f"item {change['item']}",
        change["lane"] and f"lane {change['lane']}",
        change["session"] and f"session {change['session']}",
        change.get("branch") and f"branch {change['branch']}",
        f"revision {change['revision']}",
        state_word(str(change["state"])),
    )
    lines = wrapped(f"{change['id']}  ", str(change["title"]), width)
    lines += wrapped("", ", ".join(part for part in origin if part), width)
    brief = in_brief(change)
    lines += wrapped(f"{LOUD:<{NAMES}}", brief, width) if brief else []
    lines.append("")
    for name, text in (*facts(change), *warned(change), *claims(change)):
        lines += wrapped(f"{name:<{NAMES}}", text, width)
    if change["summary"]:
        lines += ["", "The agent says:", *quoted(str(change["summary"]), width)]
    if body["taste"]:
        lines += ["", "Taste:"]
        lines += [f"  {at}. " + flat(row["question"]) for at, row in enumerate(body["taste"], 1)]
    if body.get("since_last") is not None:
        lines += ["", f"Since revision {body['last_look']['revision']}, which you have looked at:"]
        shown = str(body["since_last"]) or "nothing but the base has changed"
    elif "since_last" in body:
        lines += ["", "You have not looked at another revision: this is all of it."]
        shown = str(change["diff"])
    else:
        shown = str(change["diff"])
    diff = [plain(line) for line in shown.rstrip("\n").split("\n")]
    lines += ["", *(map(_painted, diff) if coloured else diff)]
    if brief and len(lines) > _SCREEN:  # it has scrolled away by now
        lines += ["", *wrapped(f"{LOUD:<{NAMES}}", f"{brief}: told above the diff", width)]
    return "\n".join(lines)


def log_table(entries: Sequence[Mapping[str, Any]], *, width: int | None = _WIDTH) -> str:
    """Render who did what to which change, oldest first.

    That a change waits is left out: its check, just above, says so.
    """
    if not entries:
        return "nothing has come to the gate yet"
    rows = [
        (
            day_and_time(entry["ts"]),
            str(entry["change"]),
            str(entry["event"]),
            str(entry["by"] or ""),
            _why(entry),
        )
        for entry in entries
        if entry["event"] != "waiting"
    ]
    return table(_LOG, rows, width=width)


def landing_lines(result: Mapping[str, Any]) -> list[str]:
    """Return what became of each change that was to land, a line each."""
    told = [f"{row['id']} landed as {str(row['commit'])[:_COMMIT]}" for row in result["landed"]]
    told += [f"{row['id']} BOUNCED: {_bounce(row)}" for row in result["bounced"]]
    told += [f"{row['id']} is superseded: {row['reason']}" for row in result["superseded"]]
    told += [f"{row['id']} refused: {row['reason']}" for row in result["refused"]]
    told += [f"{name} is queued: another command lands it" for name in result["queued"]]
    return [flat(line) for line in told]


def _bounce(row: Mapping[str, Any]) -> str:
    """Return why a change could not land, in words."""
    detail = row["detail"] if isinstance(row["detail"], Mapping) else {}
    if row["reason"] == "textual":
        return f"it conflicts with the base in {', '.join(map(str, detail.get('files') or '?'))}"
    return str(detail.get("why") or row["reason"])


def _base(row: Mapping[str, Any]) -> list[str]:
    """Return the base as one that a change conflicts with, where it does."""
    return ["the base"] if row.get("conflicts_with_base") else []


def _share(score: float | None, width: int | None) -> str:
    """Return a score between 0 and 1; on a terminal only where there is something of it."""
    if score is None or (width is not None and score < _LEAST_SHARE):
        return ""
    return f"{score:.2f}"


def _painted(line: str) -> str:
    """Return a line of a diff in the colour that such lines have everywhere."""
    for start, colour in _PAINT:
        if line.startswith(start):
            return f"\x1b[{colour}m{line}\x1b[0m"
    return line


def facts(change: Mapping[str, Any], *, at_most: int = _MOST_FAILING) -> Iterator[tuple[str, str]]:
    """Yield what is known of a change, each with its name; a further line of one has none.

    Args:
        at_most: How many failing tests are named.
    """
    yield from _came_back(change)
    harness = change["harness"]
    word = harness_word(harness)
    why = _why_so(change)
    yield "harness", f"{word}: {why}" if why else word
    if harness["failing"]:
        both = "fails here and on the base" if word == _RED_BASE else "fails"
        yield "", f"{both}: {listed(harness['failing'], at_most=at_most)}"
    for row in change.get("flaky") or ():
        yield "flaky", f"{row['check']}: {row['why']} ({counted(row['times'], 'time')} in all)"
    if change.get("proof"):
        word = "hint at it" if change["proof"].get("weak") else _PROVES[change["proof"]["proves"]]
        yield "tests", f"{word}: {change['proof']['why']}"
    risk = change["risk"]
    yield "risk", f"{risk['score']:.2f}: {'; '.join(risk['reasons']) or 'nothing seen'}"
    if change.get("waits_for_person"):
        whys = "; ".join(map(str, change["waits_for_person"]))
        yield "waits", f"lane {change['lane']} lands alone, but {whys}"
    if change.get("audit"):
        yield "audit", "sampled: where it lands alone, a person looks at it afterwards"
    if change.get("checkpoints"):
        yield "loop", loop_words(change["checkpoints"])
    signals = [str(one.get("because")) for one in change["waffle"]["signals"]]
    if signals:
        yield "waffle", f"{change['waffle']['score']:.2f}: {'; '.join(signals)}"
    files = counted(change["files"], "file")
    yield "size", f"{files}, +{change['added']} -{change['removed']}"


def _why_so(change: Mapping[str, Any]) -> str:
    """Return why the checks say what they say; a branch is tested on its way to the base."""
    if change["harness"]["result"] is None and change.get("branch"):
        return _NO_RUNS.get(change["state"], _NO_RUN)
    return str(change["why"] or "")


def _came_back(change: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield why a change came back to its agent, where it did."""
    if change["state"] == "bounced":
        yield "bounced", _bounce(change)
    if change["state"] == "rework" and change.get("text"):
        places = ", ".join(f"{one['path']}:{one['line']}" for one in change["places"])
        at = f" (at {places})" if places else ""
        yield "sent back", f"{change['by']}: {change['text']}{at}"


def claims(change: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what the agent claims, each with what the facts say of it."""
    for claim in change["claims"]:
        yield "claim", str(claim["text"])
        yield "", f"{_HOLDS.get(claim.get('holds'), 'open')}: {claim['fact']}"


def _why(entry: Mapping[str, Any]) -> str:
    """Return what a log entry rests on."""
    match entry["event"]:
        case "proposed":
            files = counted(entry["files"] or 0, "file")
            return f"{files}, +{entry['added'] or 0} -{entry['removed'] or 0}"
        case "checked":
            return f"{'green' if entry['green'] else 'RED'}: {entry['why'] or entry['result']}"
        case "bounced":
            return _bounce(entry)
        case "landed":
            union = f", {listed(entry['union'])} by union" if entry.get("union") else ""
            return f"as {str(entry['commit'])[:_COMMIT]}{union}"
        case "approved" if entry.get("batch"):
            how = "opened" if entry["opened"] else "not opened"
            return ": ".join(
                filter(None, [f"in {entry['batch']}, {how}", str(entry["text"] or "")])
            )
        case _:
            return ": ".join(str(entry[key]) for key in ("reason", "text") if entry[key])
