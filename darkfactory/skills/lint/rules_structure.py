"""Rules S: what SKILL.md and df.yaml must be, for the standard and for agents that load them."""

import re
from collections.abc import Callable, Iterator
from typing import cast

from darkfactory.config import yamltree
from darkfactory.config.problems import nearest, shown
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Severity, Spot

STANDARD_KEYS = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")
CLIENT_KEYS = {
    "agent": "Claude Code", "argument-hint": "Claude Code", "arguments": "Claude Code",
    "context": "Claude Code", "disable-model-invocation": "Claude Code", "effort": "Claude Code",
    "hooks": "Claude Code", "model": "Claude Code", "paths": "Claude Code",
    "shell": "Claude Code", "user-invocable": "Claude Code", "version": "Claude Code",
    "when_to_use": "Claude Code", "globs": "Cursor", "alwaysApply": "Cursor",
}  # fmt: skip
_LONGEST_COMPATIBILITY = 500
_RESERVED = re.compile(r"anthropic|claude")
_TAG = re.compile(r"</?[a-zA-Z][\w:.-]{0,60}(?:\s[^<>]{0,200})?/?>")
_LICENCE = re.compile(r"licen[sc]e|copying|notice", re.IGNORECASE)


def noted(rule: str) -> Callable[[ParsedSkill], Iterator[Spot]]:
    """Return the check that gives what reading the skill has found under the name of *rule*."""

    def check(skill: ParsedSkill) -> Iterator[Spot]:
        for found in skill.noted:
            if found.rule == rule:
                severity = cast("Severity", found.severity)
                yield Spot(found.message, found.line, found.file, severity)

    return check


def _extra_keys(skill: ParsedSkill) -> Iterator[Spot]:
    for key, (line, _) in skill.head.entries.items():
        if key not in STANDARD_KEYS:
            client = CLIENT_KEYS.get(key)
            used = f"; {client} reads it" if client else ""
            yield Spot(f"the standard has no key {shown(key)}{used}", line)


def _unused_keys(skill: ParsedSkill) -> Iterator[Spot]:
    for key, (line, _) in skill.head.entries.items():
        if key not in STANDARD_KEYS and key not in CLIENT_KEYS:
            best = nearest(key, STANDARD_KEYS)
            near = f"; did you mean {best}?" if best and _alike(key, best) else ""
            yield Spot(f"no agent that we know reads the key {shown(key)}{near}", line)


def _alike(key: str, other: str) -> bool:
    return key.lower().replace("_", "-").startswith(other[:4])


def _compatibility(skill: ParsedSkill) -> Iterator[Spot]:
    line, node = skill.head.entries.get("compatibility", (0, None))
    if node is None:
        return
    if not isinstance(node, yamltree.Scalar):
        yield Spot("compatibility is no text", line)
    elif len(node.text) > _LONGEST_COMPATIBILITY:
        yield Spot(f"compatibility is longer than {_LONGEST_COMPATIBILITY} characters", line)


def _reserved(skill: ParsedSkill) -> Iterator[Spot]:
    found = _RESERVED.search(skill.head.name)
    if found:
        yield Spot(f"the name holds the reserved word {found[0]}", skill.head.line_of("name"))


def _tags(skill: ParsedSkill) -> Iterator[Spot]:
    found = _TAG.search(skill.head.description)
    if found:
        line = skill.head.line_of("description")
        yield Spot(f"the description holds a tag {shown(found[0])}", line)


def _licence(skill: ParsedSkill) -> Iterator[Spot]:
    beside = any("/" not in name and _LICENCE.match(name) for name in skill.files)
    if not skill.head.licence and not beside:
        yield Spot("neither a license key nor a licence file", 1)


RULES = (
    Rule(
        "S001", "SKILL.md begins with front matter that can be read",
        "without it an agent sees neither name nor description, and never loads the skill",
        "begin SKILL.md with a line ---, `name:` and `description:`, and a line ---",
        noted("S001"), "error", "error", "error",
    ),
    Rule(
        "S002", "SKILL.md is UTF-8 without a byte order mark",
        "agents refuse other encodings, and some see no front matter behind a mark",
        "save the file as UTF-8 without a byte order mark",
        noted("S002"), "error", "error", "error",
    ),
    Rule(
        "S003", "name and folder are small letters, digits and single hyphens, at most 64",
        "agents refuse other names, or load the skill under another one",
        "rename the folder and the `name` key, as in `run-tests`",
        noted("S003"), "error", "error", "error",
    ),
    Rule(
        "S004", "name is that of the folder",
        "OpenCode does not load such a skill, and others list it under two names",
        "give the folder and the `name` key the same name",
        noted("S004"), "warning", "warning", "error",
    ),
    Rule(
        "S005", "there is a description",
        "agents choose a skill by its description alone",
        "say in `description:` what the skill does and when to use it",
        noted("S005"), "error", "error", "error",
    ),
    Rule(
        "S006", "the description has at most 1024 characters",
        "Codex does not load a skill with a longer one",
        "keep what it does and when to use it; the rest belongs into the body",
        noted("S006"), "error", "error", "error",
    ),
    Rule(
        "S007", "the front matter holds only the keys of the standard",
        "what one agent reads, another ignores or refuses",
        "move it below `metadata:`, or into df.yaml if it is for the factory",
        _extra_keys, "info", None, "error",
    ),
    Rule(
        "S008", "somebody reads each key of the front matter",
        "a key that nobody reads does nothing, often because of its spelling",
        "correct its spelling, or move it below `metadata:`",
        _unused_keys,
    ),
    Rule(
        "S009", "the name holds no reserved word",
        "hosted Claude skills refuse names with anthropic or claude in them",
        "take the word out of the name and the folder",
        _reserved,
    ),
    Rule(
        "S010", "the description holds no tags",
        "agents put it into a prompt of tags, where it can close one",
        "say it without < and >",
        _tags,
    ),
    Rule(
        "S011", "the skill says under which licence it is",
        "who copies a skill needs to know whether they may",
        "add `license:` to the front matter, or a LICENSE file",
        _licence, "info",
    ),
    Rule(
        "S012", "df.yaml can be read",
        "a sidecar with an error keeps its skill out of every session",
        "correct the value; the message names its line",
        noted("S012"), "error",
    ),
    Rule(
        "S013", "df.yaml holds only keys that are known",
        "a key that nobody reads does nothing, often because of its spelling",
        "correct its spelling, or take it out",
        noted("S013"),
    ),
    Rule(
        "S014", "compatibility is a text of at most 500 characters",
        "the standard limits it, and readers that hold to it refuse the skill",
        "say in a sentence which programs the skill needs",
        _compatibility, "warning", None, "error",
    ),
)  # fmt: skip
