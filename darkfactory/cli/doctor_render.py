"""One finding of the doctor as people see it."""

from darkfactory.cli.output import flat, one_line
from darkfactory.cli.prose import wrapped
from darkfactory.factory.findings import Finding, Health

_WIDTH = 80
_MOST = 400
_MARKS = {Health.OK: "ok", Health.ATTENTION: "LOOK", Health.UNKNOWN: "?"}


def finding_lines(finding: Finding, *, width: int | None = _WIDTH) -> str:
    """Render *finding* as a line, or as a few with its fix below."""
    detail = flat(finding.detail) if width is None else one_line(finding.detail, _MOST)
    head = f"{_MARKS[finding.state]:<4}  "
    lines = wrapped(head, f"{finding.name}: {detail}", width)
    if finding.fix:
        lines += wrapped(f"{'':<8}fix: ", finding.fix, width)
    return "\n".join(lines)
