"""What one finished tool call says, reduced to what can be compared."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_READ_BACK = 2_000
_SHOWN = 80
_COMMAND = 400
_PATHS = 3
_SIGNATURE = 160

_SPACE = re.compile(
    r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+"
)
_TIMES = re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s|sec|secs|seconds|minutes|m)\b")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")
_NUMBER = re.compile(r"\d+")
_ERROR_LINE = re.compile(
    r"error|exception|panic|fatal|traceback|cannot|can't|could not|no such|not found|denied"
    r"|undefined|unexpected|refused|invalid|timed out",
    re.IGNORECASE,
)
_SUMMARY = re.compile(r"\d+ \w+(?:, \d+ \w+)*(?: in [\d.:]+ ?s?.*)?")
_RANGE = re.compile(r"['\"]?\d+(?:[,:-]\d+)*p?['\"]?")
_PIPE = re.compile(r"\|\s*(?:head|tail|grep|egrep|sed|awk|wc|cat|less|sort|uniq|tee)\b[^|;&]*")
_REDIRECT = re.compile(r"\d?>>?\s*&?\S+|<\s*\S+")
_FLAG = re.compile(r"(?:(?<=\s)|^)--?[A-Za-z][\w-]*(?:=\S+)?")
_WAITING = re.compile(
    r"\b(?:sleep|wait|watch|poll|tail +-[fF]|status|pgrep|jobs|gh run|gdb|pdb|lldb)\b"
)
# Words before the program that say nothing about what is run.
_LEADING_CD = re.compile(r"^\s*cd\s+\S+\s*(?:&&|;)\s*")

EDITS = frozenset({"edit", "write"})


@dataclass(frozen=True, slots=True)
class Started:
    """A tool call that began at event *index*; *where* is a hash of its paths."""

    index: int
    kind: str
    name: str
    command: str
    where: int | None
    key: int
    shown: str


@dataclass(frozen=True, slots=True)
class Call:
    """A finished tool call. *key*, *stem* and *result* are hashes, equal when the thing is equal.

    *stem* is the command without flags and numbers; *signature* the last error line of a call that
    failed, without numbers; *version* counts new contents of files before it.
    """

    index: int
    kind: str
    shown: str
    key: int
    stem: int
    result: int
    signature: str | None
    version: int
    waiting: bool
    failed: bool

    @property
    def outcome(self) -> tuple[int, int, int]:
        """What an agent that repeats itself gets again: the same call, result and files."""
        return self.key, self.result, self.version

    @property
    def is_edit(self) -> bool:
        return self.kind in EDITS


def started_of(index: int, data: Mapping[str, Any]) -> Started:
    """Return the call that ``tool.started`` *data* at event *index* begins."""
    kind, name = text(data.get("kind")) or "other", text(data.get("name"))
    command = text(data.get("command"))
    found = data.get("paths")
    paths = tuple(map(text, found)) if isinstance(found, list) else ()
    if kind == "shell" and command:
        key = hash((name, command.strip()))  # other arguments, such as a description, may vary
    else:
        key = hash((name, text(data.get("input_hash")) or command, paths))
    told = shown(command or " ".join((name, *paths[:_PATHS])))
    where = hash(paths) if paths else None
    return Started(index, kind, name[:_SHOWN], command[:_COMMAND], where, key, told)


def call_of(index: int, started: Started, data: Mapping[str, Any], version: int) -> Call:
    """Return the call that *started* and whose ``tool.finished`` *data* is event *index*."""
    output = text(data.get("output"))
    status, exit_code = text(data.get("status")), data.get("exit_code")
    failed = status == "failed" or (
        isinstance(exit_code, int) and exit_code != 0 and status != "denied"
    )
    # Only short outputs of shells are looked into for times: the rest is compared exactly.
    exact = text(data.get("output_hash"))
    told = steady(output) if _tells_times(started, output) or not exact else exact
    return Call(
        index=index,
        kind=started.kind,
        shown=started.shown,
        key=started.key,
        stem=_stem(started),
        result=hash((status, str(exit_code), told)),
        signature=signature_of(output) if failed else None,
        version=version,
        waiting=_WAITING.search(started.command) is not None,
        failed=failed,
    )


def _tells_times(started: Started, output: str) -> bool:
    return started.kind == "shell" and 0 < len(output) <= _READ_BACK


def text(value: Any) -> str:
    """Return *value* where it is a text, else an empty one: logs come from anywhere."""
    return value if isinstance(value, str) else ""


def shown(said: str, length: int = _SHOWN) -> str:
    """Return *said* as a short line that is safe to show and to quote."""
    line = _SPACE.sub(" ", said[: 4 * length]).strip()
    return line if len(line) <= length else line[: length - 1] + "…"


def steady(output: str) -> str:
    """Return *output* without what differs between equal runs: durations and addresses."""
    return _ADDRESS.sub("0x", _TIMES.sub("0s", output))


def signature_of(output: str) -> str:
    """Return the last line of *output* that names an error, without numbers, in lower case."""
    lines = [line.strip() for line in output[-_READ_BACK:].splitlines() if line.strip()]
    last = ""
    for line in reversed(lines):
        core = line.strip("=-_ ")
        if not core.strip("F.Es") or _SUMMARY.fullmatch(core):
            continue  # counts and dots are the same for different errors
        if _ERROR_LINE.search(line):
            last = line
            break
        last = last or line
    return _NUMBER.sub("#", shown(last, _SIGNATURE).lower())


def _stem(started: Started) -> int:
    command = _LEADING_CD.sub("", started.command)
    command = _FLAG.sub("", _REDIRECT.sub("", _PIPE.sub("", command)))
    words = tuple(word for word in command.split() if not _RANGE.fullmatch(word)) or started.key
    return hash((started.kind, started.name, words, started.where))
