"""The gate as people see it: the list, one change, the log."""

from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.cli.output import one_line, plain
from darkfactory.cli.render import table

_WIDTH = 80
_STATES = {"waiting_taste": "waiting", "rework": "REWORK", "bounced": "BOUNCED"}
_RESULTS = {"pass": "pass", "fail": "FAIL", "timeout": "TIMEOUT", "error": "ERROR"}


def gate_table(rows: Sequence[Mapping[str, Any]], *, width: int = _WIDTH) -> str:
    """Render the changes at the gate, in the order they came."""
    if not rows:
        return "nothing is at the gate"
    shown = [
        (
            str(row["id"]),
            str(row["lane"]),
            _STATES.get(row["state"], str(row["state"])),
            _harness(row["harness"]),
            f"{row['risk']['score']:.2f}",
            f"+{row['added']} -{row['removed']}",
            str(row["title"]),
        )
        for row in rows
    ]
    header = ("CHANGE", "LANE", "STATE", "HARNESS", "RISK", "LINES", "TITLE")
    return table(header, shown, width=width)


def change_screen(body: Mapping[str, Any]) -> str:
    """Render one change: what it is, what holds of it, its diff."""
    change = body["change"]
    harness = change["harness"]
    origin = f"item {change['item']}, lane {change['lane']}, session {change['session']}"
    state = _STATES.get(change["state"], change["state"])
    reasons = "; ".join(change["risk"]["reasons"]) or "nothing seen"
    lines = [
        f"{change['id']}  {plain(str(change['title']))}",
        f"{origin}, revision {change['revision']}, {state}",
        f"harness on the merged result: {_harness(harness)}. {change['why']}",
        *(f"  fails: {name}" for name in harness["failing"][:20]),
        f"risk {change['risk']['score']:.2f}: {reasons}",
        f"{change['files']} files, +{change['added']} -{change['removed']}",
    ]
    lines += _warned(change)
    lines += [f"claim: {claim['text']}\n  fact: {claim['fact']}" for claim in change["claims"]]
    if change["summary"]:
        lines += [
            "",
            "The agent says:",
            *(f"  {line}" for line in str(change["summary"]).split("\n")),
        ]
    if body["taste"]:
        lines += ["", "Taste:"]
        lines += [f"  {at}. {row['question']}" for at, row in enumerate(body["taste"], 1)]
    lines += ["", str(change["diff"])]
    return "\n".join(plain(line) for line in lines)


def log_table(entries: Sequence[Mapping[str, Any]], *, width: int = _WIDTH) -> str:
    """Render who did what to which change, oldest first."""
    rows = [
        (
            str(entry["ts"] or "")[:19].replace("T", " "),
            str(entry["change"]),
            str(entry["event"]),
            str(entry["by"] or "-"),
            one_line(str(entry["reason"] or entry["text"] or entry["commit"] or ""), width),
        )
        for entry in entries
    ]
    return table(("WHEN", "CHANGE", "EVENT", "BY", "WHY"), rows, width=width)


def _warned(change: Mapping[str, Any]) -> list[str]:
    """Return what a reviewer must not miss, upper case so that it needs no colour."""
    found = []
    for name, title in (
        ("protected", "PROTECTED PATHS"),
        ("out_of_lane", "OUTSIDE ITS LANE"),
        ("conflicts_with", "CONFLICTS WITH"),
        ("authors", "COMMITS SAY THEY ARE BY"),
        ("notes", "NOTE"),
    ):
        if change.get(name):
            found.append(f"{title}: {', '.join(map(str, change[name]))}")
    return found + [
        f"SECRET? {secret['path']}:{secret['line']} {secret['kind']}"
        for secret in change.get("secrets") or ()
    ]


def _harness(harness: Mapping[str, Any]) -> str:
    """Return the harness result in a word; *red base*: it fails, but nothing that is new."""
    if harness.get("green") and harness["result"] == "fail":
        return "red base"
    return _RESULTS.get(str(harness["result"]), str(harness["result"] or "-"))
