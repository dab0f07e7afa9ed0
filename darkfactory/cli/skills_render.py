"""The screens of ``df skills``."""

from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.cli.output import cut, flat, padded, width_of
from darkfactory.cli.prose import wrapped
from darkfactory.domain.counting import counted
from darkfactory.skills.lint.report import Linted, counts
from darkfactory.skills.lint.rule import Finding

_SEVERITIES = ("error", "warning", "info")
_RULE_COLUMNS = 4
_INDENT = " " * 11


def skills_table(rows: Sequence[Mapping[str, Any]], *, width: int | None) -> str:
    """Return the skills of a repository as a table, or where the first one goes."""
    if not rows:
        return "There are no skills. Write skills/NAME/SKILL.md, then `df skills lint`."
    told = [
        (flat(row["name"]), flat(row["version"]), row["status"], _lanes(row), _says(row))
        for row in rows
    ]
    table = [("SKILL", "VERSION", "STATUS", "LANES", "DESCRIPTION"), *told]
    widths = [max(width_of(row[column]) for row in table) for column in range(4)]
    lines = [_cut(_row(row, widths), width).rstrip() for row in table]
    steps = [_step(row, width) for row in rows if row["next"]]
    return "\n".join((*lines, *([""] if steps else []), *steps))


def _step(row: Mapping[str, Any], width: int | None) -> str:
    said = f"{row['name']} is {row['status']}: {row['reason']}. Next: {row['next']}"
    return "\n".join(wrapped("", said, width))


def _cut(line: str, width: int | None) -> str:
    return line if width is None else cut(line, width)


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [padded(cell, columns) for cell, columns in zip(row, widths, strict=False)]
    return "  ".join((*cells, row[-1]))


def _lanes(row: Mapping[str, Any]) -> str:
    return flat(", ".join(row["lanes"])) or "-"


def _says(row: Mapping[str, Any]) -> str:
    broken = f"{counted(row['errors'], 'error')}: see df skills lint; " if row["errors"] else ""
    return broken + flat(row["description"])


def lint_screen(linted: Sequence[Linted], *, width: int | None) -> str:
    """Return what was found, skill by skill, and what it came to in one last line."""
    lines: list[str] = []
    for each in linted:
        if each.findings:
            lines += [_cut(flat(str(each.path)), width)]
            lines += [line for found in each.findings for line in finding_lines(found)]
            lines.append("")
    return "\n".join((*lines, _total(linted)))


def finding_lines(found: Finding) -> list[str]:
    """Return *found* as lines of a screen."""
    place = found.file if found.line is None else f"{found.file}:{found.line}"
    head = f"  {padded(found.severity, 7)}  {padded(found.rule, _RULE_COLUMNS)}  {flat(place)}"
    told = [f"{head}: {flat(found.message)}"]
    if found.severity != "info":
        told += [f"{_INDENT}why: {found.why}", f"{_INDENT}fix: {flat(found.fix)}"]
    return told


def _total(linted: Sequence[Linted]) -> str:
    found = counts(linted)
    told = [counted(found[name], name) for name in _SEVERITIES if name != "info"]
    allowed = sum(len(each.allowed) for each in linted)
    suppressed = f", {allowed} suppressed" if allowed else ""
    return f"{counted(len(linted), 'skill')}: {', '.join(told)}, {found['info']} info{suppressed}"
