"""What a tool call is for, told by its tool and its command."""

import re
from enum import Enum

EDITS = frozenset({"edit", "write"})

_LOOKS = frozenset({"read", "search"})
_WAITING = re.compile(
    r"\b(?:sleep|wait|watch|poll|tail +-[fF]|status|pgrep|jobs|gh run|gh pr checks|gdb|pdb|lldb"
    r"|kubectl get|docker ps)\b"
    # a loop whose condition is a look: it ends when something outside has happened
    r"|\buntil\b.*\bdo\b|\bwhile (?:!|true|:|\[)[^\n]*\bdo\b",
    re.DOTALL,
)
# What a thing says of itself that is not over; a count of such things is a result.
_UNDER_WAY = re.compile(
    r"(?<!\d )\b(?:pending|queued|in[ _-]?progress|(?:\w+_)?in_progress|running|waiting|scheduled"
    r"|(?:container ?)?creating|starting|provisioning|initiali[sz]ing|activating|not (?:yet )?ready"
    r"|processing|PD)\b",
    re.IGNORECASE,
)
_SHORT = 300
_LOCAL_STATUS = re.compile(r"\bgit (?:\S+ )*status\b")
_LOOKING = re.compile(
    r"(?:sudo |time |cd \S+ *(?:&&|;) *)*!?"
    r"(?:cat|bat|head|tail|less|more|ls|ll|dir|tree|find|fd|grep|egrep|fgrep|rg|ag|ack|awk|wc|stat|file|pwd|which|whereis|type|nl|jq|du|df|env|printenv|diff|cmp"
    r"|sed -n|open|view|git (?:--no-pager )?(?:log|show|diff|status|blame|grep|branch|ls-files)"
    r"|pip (?:list|show|freeze)|npm (?:ls|list|view))(?:\s|$)"
)
_WRITES = re.compile(
    r"(?:^|[^0-9&>-])>{1,2}\s*(?!/dev/null|&)\S|\btee\b|\bxargs\b|-exec\b|-delete\b"
)
_ALOUD = re.compile(r"\s*(?:(?:echo|printf)\b[^|;&<>$`]*|true|:|#[^\n]*)\s*")
_PARTS = re.compile(r"&&|[|]{1,2}|[;\n]")
_HARMLESS = re.compile(r"(?:echo|printf|true|:|cd|sleep|sort|uniq|cut|tr|column|date)(?:\s|$)|#")
_LOOKING_TOOL = re.compile(
    r"read|get|list|search|find|fetch|query|view|show|open|look|grep|glob|describe|inspect|snapshot"
)
_PLANNING_TOOL = re.compile(r"todo|plan|think|memo(?:ry)?\b|thought|reflect|task_?list")
_WAITING_TOOL = re.compile(
    r"(?:bash|shell|command|terminal|process|task|agent|job)_?(?:output|status|result)|write_?stdin"
    r"|\b(?:wait|sleep|poll|monitor)"
)


_MOVES = re.compile(
    r"\bgit (?:-\S+ )*(?:checkout|switch|restore|bisect|reset|stash|pull|merge|rebase|cherry-pick"
    r"|revert|apply|am|mv|rm)\b|\b(?:sed|perl)\b[^|;&]* -\w*i|(?:^|[;&|]\s*)(?:patch|mv|cp|rm)\s"
    r"|\bcat\s*>{1,2}\s*\S+\s*<<"
)


class Purpose(Enum):
    """What a call is for: to change files, to look, to plan, to wait, or to run something."""

    EDIT = "edit"
    LOOK = "look"
    PLAN = "plan"
    WAIT = "wait"
    RUN = "run"


def purpose_of(kind: str, name: str, command: str) -> Purpose:
    """Return what a call of *kind* by the tool *name* is for."""
    if kind in EDITS:
        return Purpose.EDIT
    if command and _WAITING.search(command) and not _LOCAL_STATUS.search(command):
        return Purpose.WAIT
    tool = "" if kind == "shell" else name.lower()
    if _WAITING_TOOL.search(tool):
        return Purpose.WAIT
    if kind in _LOOKS:
        return Purpose.LOOK
    if kind == "shell" and _ALOUD.fullmatch(command):
        return Purpose.PLAN
    if kind == "shell":
        looks = _LOOKING.match(command.lstrip()) and not _WRITES.search(command)
        return Purpose.LOOK if looks else Purpose.RUN
    if _PLANNING_TOOL.search(tool):
        return Purpose.PLAN
    return Purpose.LOOK if kind == "mcp" and _LOOKING_TOOL.search(tool) else Purpose.RUN


def only_looks(kind: str, purpose: Purpose, command: str) -> bool:
    """Tell whether a call is known to change no file: each part of its *command* only looks."""
    if kind != "shell":
        return kind in _LOOKS or (kind not in EDITS and purpose in (Purpose.LOOK, Purpose.PLAN))
    if not command or _WRITES.search(command) or "$(" in command or "`" in command:
        return False
    parts = (part.strip() for part in _PARTS.split(command))
    return all(_LOOKING.match(part) or _HARMLESS.match(part) for part in parts if part)


def is_under_way(output: str) -> bool:
    """Tell whether *output* is no more than the word that something goes on elsewhere."""
    return 0 < len(output) <= _SHORT and _UNDER_WAY.search(output) is not None


def moves_files(kind: str, command: str) -> bool:
    """Tell whether a *command* of this *kind* leaves other files behind than it found."""
    return kind == "shell" and _MOVES.search(command) is not None
