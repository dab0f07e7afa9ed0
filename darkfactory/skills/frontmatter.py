"""The head of SKILL.md: name, description, licence, version, read from whatever bytes are there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from darkfactory.config import yamltree
from darkfactory.config.scalars import BadYaml
from darkfactory.domain.skill import SkillFinding

FILE = "SKILL.md"
MOST_BYTES = 1024 * 1024
LONGEST_DESCRIPTION = 1024
NAME = re.compile(r"(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*")

_NULLS = ("", "~", "null", "Null", "NULL")
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Head:
    """What SKILL.md says of itself; empty texts where it does not.

    *entries* are the keys with their lines in the file, *lines* the whole text, of which the body
    begins at index *body*. *lone_return* is its first line that ends in a carriage return alone.
    """

    name: str = ""
    description: str = ""
    licence: str = ""
    version: str = ""
    findings: list[SkillFinding] = field(default_factory=list)
    entries: dict[str, tuple[int, yamltree.Node]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    body: int = 0
    lone_return: int | None = None

    def line_of(self, key: str) -> int:
        """Return the line of *key*, or that of the front matter when it has none such."""
        return self.entries[key][0] if key in self.entries else 1

    def find(self, rule: str, severity: str, message: str, line: int | None = None) -> None:
        """Note one finding in SKILL.md."""
        self.findings.append(SkillFinding(rule, severity, FILE, message, line))


def read_head(raw: bytes, folder: str) -> Head:
    """Return the head of a SKILL.md of bytes *raw* that lies in a folder called *folder*."""
    head = Head()
    text, head.lone_return = with_newlines(_decoded(raw, head))
    head.lines = lines = text.split("\n")
    if lines[0].rstrip() != "---":
        head.find("S001", "error", "SKILL.md does not begin with front matter (a line ---)", 1)
        return head
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        head.find("S001", "error", "the front matter is not closed by a line ---", 1)
        return head
    head.body = end + 1
    _fill(head, "\n".join(lines[1:end]))
    _judge(head, folder)
    return head


def with_newlines(text: str) -> tuple[str, int | None]:
    r"""Return *text* with a newline behind each line, and the first line that ``\r`` alone ended.

    ``\r\n`` is a newline as any other: that is how Windows writes files.
    """
    text = text.replace("\r\n", "\n")
    at = text.find("\r")
    lone = text.count("\n", 0, at) + 1 if at >= 0 else None
    return text.replace("\r", "\n"), lone


def _decoded(raw: bytes, head: Head) -> str:
    if raw.startswith(_BOM):
        head.find("S002", "error", "a byte order mark; some agents then see no front matter", 1)
    raw = raw.removeprefix(_BOM)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        head.find("S002", "error", "not UTF-8; save the file as UTF-8", line)
        return raw.decode("latin-1")


def _fill(head: Head, text: str) -> None:
    try:
        tree = _tree(text)
    except BadYaml as error:
        # One more than in the block: its first line is the second of the file.
        head.find("S001", "error", f"front matter: {error.problem}; {error.fix}", error.line + 1)
        return
    if not isinstance(tree, yamltree.Mapping):
        head.find("S001", "error", "the front matter is no mapping of keys", 2)
        return
    # One more than in the block, here too.
    head.entries = {key: (line + 1, node) for key, (line, node) in tree.entries.items()}
    entries = dict(_texts(tree))
    head.name = entries.get("name", "")
    head.description = entries.get("description", "").strip()
    head.licence = entries.get("license", "").strip()
    _, metadata = tree.entries.get("metadata", (0, None))
    if isinstance(metadata, yamltree.Mapping):
        head.version = dict(_texts(metadata)).get("version", "")


def _tree(text: str) -> yamltree.Node | None:
    try:
        return yamltree.parse(text, yamltree.Limits(fast=True))
    except BadYaml:  # the other parser says better what is wrong
        return yamltree.parse(text)


def _texts(tree: yamltree.Mapping) -> Iterator[tuple[str, str]]:
    """Yield the keys whose value is a text; as written, so that 1.10 stays 1.10."""
    for key, (_, node) in tree.entries.items():
        if isinstance(node, yamltree.Scalar) and not (node.plain and node.text in _NULLS):
            yield key, node.text


def _judge(head: Head, folder: str) -> None:
    if any(found.rule == "S001" for found in head.findings):
        return
    if not NAME.fullmatch(head.name) or not NAME.fullmatch(folder):
        message = "name and folder: small letters, digits and single hyphens, at most 64"
        head.find("S003", "error", message, head.line_of("name"))
    elif head.name != folder:
        message = f"name is {head.name} and the folder {folder}"
        head.find("S004", "warning", message, head.line_of("name"))
    if not head.description:
        message = "description is missing; agents choose a skill by it"
        head.find("S005", "error", message, head.line_of("description"))
    elif len(head.description) > LONGEST_DESCRIPTION:
        message = f"description is longer than {LONGEST_DESCRIPTION} characters"
        head.find("S006", "error", message, head.line_of("description"))
