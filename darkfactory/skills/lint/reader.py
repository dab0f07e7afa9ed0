"""Read a skill folder for the rules: whatever lies there becomes a value or a finding."""

import os
from datetime import date
from pathlib import Path

from darkfactory.domain.skill import SkillFinding
from darkfactory.skills.folder import LINK_OR_SPECIAL, SkillFile, skill_files
from darkfactory.skills.frontmatter import FILE, Head, with_newlines
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.text import Text
from darkfactory.skills.reading import head_of, read_plain, side_of

_MOST_TEXT = 2 * 1024 * 1024
_LOOKED_AT = 4096
# Agents and shells read these with a NUL in them, too.
_TEXTS = (".md", ".txt", ".sh", ".bash", ".py", ".js", ".ts", ".json", ".yaml", ".yml", ".toml")
_EVALS = "evals"
_MOST_EVALS = 500
_MOST_EVAL_TEXT = 64 * 1024


def read_skill(folder: Path, today: date | None = None) -> ParsedSkill:
    """Return the skill in *folder*, read without following a link out of it."""
    root = os.path.realpath(folder)
    head, side = head_of(root), side_of(root)
    files, odd = skill_files(Path(root))
    texts: dict[str, Text] = {}
    for file in files:
        text = _text(file, head, odd)
        if text is not None:
            texts[file.name] = text
    return ParsedSkill(
        name=os.path.basename(root),
        head=head,
        sidecar=side,
        files={file.name: file.size for file in files},
        texts=texts,
        noted=(*head.findings, *side.findings, *odd),
        evals=_evals(os.path.join(root, _EVALS)),
        today=today,
    )


def _text(file: SkillFile, head: Head, odd: list[SkillFinding]) -> Text | None:
    """Return the text of *file*, or None when it is none or cannot be read, which is noted."""
    if file.name == FILE:
        return Text(FILE, "\n".join(head.lines), head.lone_return)
    try:
        raw = read_plain(file.source, _MOST_TEXT)
    except OSError as error:
        message = f"{file.name} cannot be read: {error.strerror}"
        odd.append(SkillFinding(LINK_OR_SPECIAL, "error", file.name, message))
        return None
    if b"\0" in raw[:_LOOKED_AT] and not file.name.endswith(_TEXTS):
        return None
    return Text(file.name, *with_newlines(raw.decode("utf-8", "replace")))


def _evals(folder: str) -> dict[str, str] | None:
    """Return the texts of the YAML and JSON files in *folder* and in its folders, by name."""
    if not os.path.isdir(folder) or os.path.islink(folder):
        return None
    found: dict[str, str] = {}
    for below, folders, names in os.walk(folder):
        if os.path.relpath(below, folder).count(os.sep) >= 1:
            folders.clear()
        for name in sorted(names)[:_MOST_EVALS]:
            path = os.path.join(below, name)
            if name.endswith((".yaml", ".yml", ".json")) and len(found) < _MOST_EVALS:
                found[os.path.relpath(path, folder)] = _eval_text(path)
    return found


def _eval_text(path: str) -> str:
    try:
        return read_plain(path, _MOST_EVAL_TEXT).decode("utf-8", "replace")
    except OSError:  # the file counts; what it holds is judged by the command that runs it
        return ""
