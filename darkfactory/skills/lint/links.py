"""What the texts of a skill point to, and which of its files are reached from SKILL.md."""

import os.path
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from darkfactory.skills.frontmatter import FILE
from darkfactory.skills.lint.text import Text

_LINK = re.compile(
    r"!?\[[^\[\]]{0,300}\]\((?:<([^<>\n]{1,300})>|((?:[^()<>\s]|\([^()\s]{0,100}\)){1,300}))"
)
_DEFINED = re.compile(r" {0,3}\[[^\[\]]{1,100}\]:\s+(?:<([^<>\n]{1,300})>|([^<>\s]{1,300}))")
_INLINE_CODE = re.compile(r"(?<!`)(`{1,3})(?!`).{1,500}?(?<!`)\1(?!`)")
_PATH = re.compile(
    r"(?<![\w./~$%}>-])((?:\./)?(?:references?|scripts?|assets|resources|templates)/[\w./*{}<>$@+-]{0,200})"
)
_ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]}|\\]{3,500}")
_SCHEME = re.compile(r"(?!file:)[a-zA-Z][a-zA-Z0-9+.-]{1,20}:|//|#")
_OUTSIDE = re.compile(r"\.\.(?:/|$)|[/~]|file:|[a-zA-Z]:[\\/]")
_PATTERN = re.compile(r"[*{}<>$]|\.\.\.")
_SCRIPTS = (".py", ".js", ".mjs", ".ts", ".sh")
_MARKS = (
    "](", "]:", "reference/", "references/", "script/", "scripts/", "assets/", "resources/",
    "templates/",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place that names a file. *path* is below the skill's folder and begins with ``..`` if not.

    *linked*: as a Markdown link, so it must lead somewhere.
    """

    source: str
    line: int
    target: str
    path: str
    linked: bool
    code: bool

    @property
    def leaves(self) -> bool:
        """Tell whether it leads out of the skill's folder."""
        return _OUTSIDE.match(self.path) is not None


def pointers(text: Text, files: Mapping[str, int]) -> Iterator[Pointer]:
    """Yield what *text* points to, resolved beside it or, where that is nothing, in the root."""
    for at in _marked(text.text):
        markdown = text.markdown
        line = markdown.lines[at]
        code = markdown.code[at]
        told = "" if code else _INLINE_CODE.sub("", line)
        for pair in (*_LINK.findall(told), *_DEFINED.findall(told)):
            target = pair[0] or pair[1]
            if not _SCHEME.match(target) and not _PATTERN.search(target):
                yield _pointer(text.name, at + 1, target, files, code=False, linked=True)
        for target in _PATH.findall(_LINK.sub("", line)):
            path = target.rstrip(".")
            if not _PATTERN.search(path):
                yield _pointer(text.name, at + 1, path, files, code=code, linked=False)


def addresses(text: Text) -> Iterator[tuple[int, str]]:
    """Yield line and address of each link of *text* to the network."""
    for found in _ADDRESS.finditer(text.text):
        yield text.line_at(found.start()), found[0].rstrip(".,;:!?'*_")


def _marked(text: str) -> list[int]:
    """Return the indexes of the lines of *text* that may point to something."""
    places = sorted(at for mark in _MARKS for at in _finds(text, mark))
    found: dict[int, None] = {}
    line = last = 0
    for at in places:
        line += text.count("\n", last, at)
        last = at
        found[line] = None
    return list(found)


def _finds(text: str, mark: str) -> Iterator[int]:
    at = text.find(mark)
    while at >= 0:
        yield at
        at = text.find(mark, at + len(mark))


def _pointer(
    source: str, line: int, target: str, files: Mapping[str, int], *, code: bool, linked: bool
) -> Pointer:
    path = re.split(r"[#?]", target, maxsplit=1)[0]
    if "%" in path:
        path = unquote(path)
    beside = os.path.normpath(os.path.join(os.path.dirname(source), path))
    below = os.path.normpath(path)
    found = below if beside not in files and _leads(below, files) else beside
    return Pointer(source, line, target, found, linked, code)


def _leads(path: str, files: Mapping[str, int]) -> bool:
    return path in files or is_folder(path, files)


def is_folder(path: str, files: Mapping[str, int]) -> bool:
    """Tell whether *path* is a folder of the skill, or the skill's own."""
    return path == "." or any(name.startswith(f"{path}/") for name in files)


@dataclass(frozen=True, slots=True)
class Graph:
    """All pointers of a skill, and how many hops each file that is reached lies from SKILL.md."""

    pointers: tuple[Pointer, ...]
    hops: Mapping[str, int]


def read_graph(texts: Mapping[str, Text], files: Mapping[str, int]) -> Graph:
    """Return what *texts* point to among *files*; a file's mere name reaches it too."""
    by_source = {
        name: list(pointers(text, files)) for name, text in texts.items() if name.endswith(".md")
    }
    hops = {FILE: 0}
    waiting = [FILE]
    for name in waiting:
        reached = set(_pointed(by_source.get(name, []), files))
        if name in texts:
            unknown = files.keys() - hops.keys() - reached
            reached.update(_named(texts[name], unknown))
        for one in sorted(reached - hops.keys()):
            hops[one] = hops[name] + 1
            waiting.append(one)
    return Graph(tuple(one for each in by_source.values() for one in each), hops)


def _pointed(found: list[Pointer], files: Mapping[str, int]) -> Iterator[str]:
    for path in {pointer.path for pointer in found}:
        if path in files:
            yield path
        elif path != ".":
            yield from (one for one in files if one.startswith(f"{path}/"))


def _named(text: Text, files: Iterable[str]) -> Iterator[str]:
    """Yield the files that *text* names by their mere name; a script imports others by its stem."""
    for one in files:
        name = os.path.basename(one)
        stem, kind = os.path.splitext(name)
        imported = kind in _SCRIPTS and text.name.endswith(_SCRIPTS) and stem in text.text
        if imported or name in text.text:
            yield one
