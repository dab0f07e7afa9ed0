"""What one finished tool call says, reduced to what can be compared."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from darkfactory.waffle.purpose import EDITS, Purpose, is_under_way, moves_files, purpose_of

TELLING = frozenset({"agent", "other"})
"""Kinds that work by what they say: a sub-agent, and the agent program's own tools."""

MOST_COMMAND = 300
"""How much of a command is looked at."""

_READ_BACK = 2_000
_SHOWN = 80
_PATHS = 3
_SIGNATURE = 160

_SPACE = re.compile(
    r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+"
)
_TIMES = re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s|sec|secs|seconds|minutes|m)\b")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")
_NUMBER = re.compile(r"\d+")
_PLACE = re.compile(r"\bline \d+|(?<=[a-z]):\d+(?::\d+)?\b")
_ID = re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b")
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
# Words before the program that say nothing about what is run.
_LEADING_CD = re.compile(r"^\s*cd\s+\S+\s*(?:&&|;)\s*")


@dataclass(frozen=True, slots=True)
class Started:
    """A tool call that began at event *index*; *where* is a hash of its paths.

    *version* counts new contents of files before it.
    """

    index: int
    kind: str
    name: str
    command: str
    paths: tuple[str, ...]
    where: int | None
    key: int
    shown: str
    purpose: Purpose
    version: int


@dataclass(frozen=True, slots=True)
class Call:
    """A finished tool call. *key*, *stem* and *result* are hashes, equal when the thing is equal.

    *stem* is the command without flags and numbers, *words* the same with numbers, *target* what it
    looks at, if the call names it; *signature* the last error line of a call that failed,
    without numbers; *version* counts new contents of files before its end, *changed* tells whether
    it brought one (None: an edit that was done, of which the log tells no content), *moves*
    whether it is a command that leaves other files behind.
    """

    index: int
    kind: str
    shown: str
    key: int
    stem: int
    words: int
    target: int | None
    result: int
    signature: str | None
    version: int
    changed: bool | None
    moves: bool
    purpose: Purpose
    failed: bool

    @property
    def outcome(self) -> int:
        """What an agent that repeats itself gets again: the same call, result and files."""
        return hash((self.key, self.result, self.version))

    @property
    def is_edit(self) -> bool:
        return self.kind in EDITS

    @property
    def waiting(self) -> bool:
        return self.purpose is Purpose.WAIT


def started_of(index: int, data: Mapping[str, Any], version: int) -> Started:
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
    short = command[:MOST_COMMAND]
    purpose = purpose_of(kind, name, short)
    few = paths[:_PATHS]
    return Started(index, kind, name[:_SHOWN], short, few, where, key, told, purpose, version)


def call_of(
    index: int,
    started: Started,
    data: Mapping[str, Any],
    version: int,
    *,
    content_told: bool = True,
) -> Call:
    """Return the call that *started* and whose ``tool.finished`` *data* is event *index*.

    *content_told*: the log says which content the call gave to files.
    """
    output = text(data.get("output"))
    status, exit_code = text(data.get("status")), data.get("exit_code")
    failed = status == "failed" or (
        isinstance(exit_code, int) and exit_code != 0 and status != "denied"
    )
    # Only short outputs of shells are looked into for times: the rest is compared exactly.
    exact = text(data.get("output_hash"))
    purpose = Purpose.WAIT if not failed and _stands_by(started, output) else started.purpose
    if purpose is Purpose.WAIT:
        told = exact or output  # a clock that moves is no news, but no standstill either
    else:
        told = steady(output) if _tells_times(started, output) or not exact else exact
        told = without_ids(told) if "git " in started.command else told
    stem, words = _stem(started)
    unknown = started.kind in EDITS and not failed and not content_told
    return Call(
        index=index,
        kind=started.kind,
        shown=started.shown,
        key=started.key,
        stem=stem,
        words=words,
        target=_target(started),
        result=hash((status, str(exit_code), told)),
        signature=signature_of(output) if failed else None,
        version=version,
        changed=None if unknown else version > started.version,
        moves=not failed and moves_files(started.kind, started.command),
        purpose=purpose,
        failed=failed,
    )


def _stands_by(started: Started, output: str) -> bool:
    """Tell whether all that came of it is that something goes on elsewhere."""
    looked = started.purpose in (Purpose.LOOK, Purpose.RUN) and started.kind != "agent"
    return looked and started.where is None and is_under_way(output)


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
    """Return *output* without what differs between equal runs: durations, addresses and places.

    The same error in another line is the same error: what stands above it was edited.
    """
    return _PLACE.sub("line", _ADDRESS.sub("0x", _TIMES.sub("0s", output)))


def without_ids(output: str) -> str:
    """Return *output* without the ids of commits: each has its own, and none is news."""
    return _ID.sub("id", output)


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


def _stem(started: Started) -> tuple[int, int]:
    """Return hashes of the command without flags: one without numbers, one with them."""
    command = _LEADING_CD.sub("", started.command)
    if "|" in command or ">" in command or "<" in command:
        command = _REDIRECT.sub("", _PIPE.sub("", command))
    words = _FLAG.sub("", command).split()
    bare = tuple(word for word in words if not _RANGE.fullmatch(word))
    if started.kind in TELLING and started.purpose is not Purpose.PLAN:
        told = hash(started.kind)  # what it was asked is prose: only the answer can be compared
        return told, told
    what = (started.kind, started.name, started.where)
    return hash((what, bare or started.key)), hash((what, tuple(words) or started.key))


def _target(started: Started) -> int | None:
    if started.where is not None or started.purpose is not Purpose.LOOK:
        return started.where
    words = started.command.split()[1:]
    named = tuple(word for word in words if word[0] != "-" and ("/" in word or "." in word))
    return hash(named) if named else None
