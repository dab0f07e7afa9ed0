"""Which files of its skills a session opens, told by its tool calls, whatever agent makes them."""

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

_BODY = "SKILL.md"
_PLACE = re.compile(r"(?:^|/)skills/([^/]+)/(.+)", re.DOTALL)
_NOT_THEIRS = ("evals/", "df.yaml", "HISTORY.jsonl")
_READERS = frozenset(
    {
        *("awk", "bat", "cat", "egrep", "fgrep", "grep", "head", "less", "more", "nl", "open"),
        *("rg", "sed", "strings", "tail", "view"),
    }
)
_RUNNERS = frozenset(
    {
        *(".", "bash", "bun", "deno", "node", "perl", "python", "python3", "ruby", "sh"),
        *("source", "zsh"),
    }
)
_PARTS = re.compile(r"&&|\|{1,2}|[;\n]")
_WRITTEN = re.compile(r"(?<!\d)\d*>{1,2}\s*[^\s&]+")
_WORD = re.compile(r"[^\s'\"`<>()]+")
_LONGEST = 64 * 1024
_DEEPEST = 1024  # each word of a command is put behind its folder
_CHANGE = 2

Seen = tuple[str, dict[str, Any]]
"""The type and the data of an event."""


class SkillFiles:
    """Tells which skills are loaded, and which of their files are read and run.

    Args:
        skills: What was injected, each with name, version and sha256; others do not count.
    """

    def __init__(self, skills: Iterable[Mapping[str, Any]]) -> None:
        self._known = {str(skill.get("name")): skill for skill in skills}
        self._open: dict[str, Mapping[str, Any]] = {}

    def take(self, type_: str, data: Mapping[str, Any]) -> Iterator[Seen]:
        """Take the data of one event; yield what of the skills was opened by it."""
        if not self._known:
            return
        call = str(data.get("call"))
        if type_ == "tool.started":
            self._open[call] = data
        elif type_ == "tool.finished":
            begun = self._open.pop(call, None)
            if begun is not None:
                yield from self._finished(begun, data)

    def _finished(self, begun: Mapping[str, Any], ended: Mapping[str, Any]) -> Iterator[Seen]:
        kind, status = begun.get("kind"), ended.get("status")
        command = str(begun.get("command") or "")[:_LONGEST] if kind == "shell" else ""
        if status == "ok" and kind in ("read", "shell"):
            named = [path for path in begun.get("paths") or () if isinstance(path, str)]
            yield from self._read([*named, *_read_words(command)], begun)
        if status in ("ok", "failed"):
            yield from self._run(command, ended)

    def _read(self, paths: list[str], begun: Mapping[str, Any]) -> Iterator[Seen]:
        for name, inner in self._places(paths):
            data = {"name": name, "call": begun.get("call")}
            if inner == _BODY:
                known = self._known[name]
                told = {key: known.get(key) for key in ("version", "sha256")}
                yield "skill.loaded", {**data, **told, "how": "file-read"}
            else:
                tokens = (self._known[name].get("files") or {}).get(inner)
                yield "skill.reference_read", {**data, "path": inner, "tokens": tokens}

    def _run(self, command: str, ended: Mapping[str, Any]) -> Iterator[Seen]:
        for name, inner in self._places(_run_words(command)):
            code = {"exit": ended.get("exit_code"), "call": ended.get("call")}
            yield "skill.script_run", {"name": name, "path": inner, **code}

    def _places(self, paths: Iterable[str]) -> Iterable[tuple[str, str]]:
        """Return each skill and file of it that one of *paths* names, or is a pattern of."""
        return dict.fromkeys(place for path in paths for place in self._named(path))

    def _named(self, path: str) -> Iterator[tuple[str, str]]:
        found = _PLACE.search(posixpath.normpath(path))
        if found is None or found[2].startswith(_NOT_THEIRS):
            return
        name, inner = found[1], found[2]
        if "*" not in path:
            yield from [(name, inner)] if name in self._known else []
            return
        for one, skill in self._known.items():
            for file in (_BODY, *(skill.get("files") or ())):
                if _stands_for(f"{name}/{inner}", f"{one}/{file}"):
                    yield one, file


def _stands_for(pattern: str, path: str) -> bool:
    """Tell whether a shell takes *pattern* for *path*; an agent writes it, so none takes long."""
    parts, names = pattern.split("/"), path.split("/")
    return len(parts) == len(names) and all(map(fnmatchcase, names, parts))


def _read_words(command: str) -> Iterator[str]:
    """Yield the words of *command* that a program which shows files is given."""
    for folder, words in _parts(command):
        if words[0].rpartition("/")[2] in _READERS:
            yield from (posixpath.join(folder, word) for word in words[1:])


def _run_words(command: str) -> Iterator[str]:
    """Yield the words of *command* that are run, by themselves or by an interpreter."""
    for folder, words in _parts(command):
        yield posixpath.join(folder, words[0]) if "/" in words[0] else words[0]
        if words[0].rpartition("/")[2] in _RUNNERS:
            files = [word for word in words[1:] if not word.startswith("-")]
            yield from (posixpath.join(folder, word) for word in files[:1])


def _parts(command: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands that *command* is made of, each with the folder that it runs in."""
    folder = ""
    for part in _PARTS.split(command):
        plain = _WRITTEN.sub(" ", part)
        try:
            words = shlex.split(plain)
        except ValueError:  # the quotes do not close within this part
            words = _WORD.findall(plain)
        if len(words) == _CHANGE and words[0] == "cd":
            folder = posixpath.join(folder, words[1])[-_DEEPEST:]
        elif words:
            yield folder, words
