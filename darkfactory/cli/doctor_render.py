"""One finding of the doctor as people see it."""

from darkfactory.cli.output import flat, one_line
from darkfactory.cli.prose import wrapped
from darkfactory.domain.counting import counted
from darkfactory.factory.findings import Finding, Health
from darkfactory.factory.mend import Mended

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


def mended_lines(done: Mended) -> str:
    """Render what was brought back and what is lost, a line each."""
    lines = [f"{each.change}: {each.where}" for each in done.restored]
    lines += [f"{each}: known again; its log and later verdicts are lost" for each in done.told]
    lines += [f"{each}: its log is lost" for each in done.logs]
    lines += [f"{each}: lost, its folder tells nothing of it" for each in done.silent]
    lines += [
        f"{each.change}: LOST, commit {each.commit[:12]} is nowhere; df run --item {each.item} "
        "begins again"
        for each in done.lost
    ]
    if done.former:
        lines.append(f"{counted(len(done.former), 'ref')} of lost changes: now in refs/df/former")
    if done.aside:
        lines.append(f"the damaged hub lies in {done.aside}, until df gc")
    return "\n".join(map(flat, lines)) or "nothing to mend"
