"""One finding of the doctor as people see it."""

import textwrap

from darkfactory.cli.output import one_line, plain
from darkfactory.factory.findings import Finding, Health

_WIDTH = 80
_MOST = 400
_MARKS = {Health.OK: "ok", Health.ATTENTION: "LOOK", Health.UNKNOWN: "?"}


def finding_lines(finding: Finding, *, width: int = _WIDTH) -> str:
    """Render *finding* as a line, or as a few with its fix below."""
    text = f"{finding.name}: {one_line(finding.detail, _MOST)}"
    lines = _wrapped(f"{_MARKS[finding.state]:<4}  ", plain(text), width)
    if finding.fix:
        lines += _wrapped(f"{'':<8}fix: ", plain(finding.fix), width)
    return "\n".join(lines)


def _wrapped(head: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
