"""Rules X and I: what could harm whoever follows a skill, or makes them obey somebody else."""

import math
import os.path
import re
from collections import Counter
from collections.abc import Iterator

from darkfactory.config import yamltree
from darkfactory.config.problems import shown
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot
from darkfactory.skills.lint.rules_phrases import PHRASES, phrase_check
from darkfactory.skills.lint.rules_structure import noted

# Shorter ones, too, than those that the gate keeps out: a skill is text, and has no use for any.
_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{22,}"
    r"|\bsk-(?:ant-|proj-)?(?=[a-zA-Z_-]*\d)[A-Za-z0-9_-]{20,}|\b[rs]k_live_[A-Za-z0-9]{16,}"
    r"|\bglpat-[\w-]{20}|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bAIza[0-9A-Za-z_-]{35}"
    r"|\bnpm_[A-Za-z0-9]{36}|\bhf_[A-Za-z0-9]{34}|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}"
    r"|-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----"
)
_SECRET_HINTS = (
    "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "sk-", "k_live_",
    "glpat-", "xox", "aiza", "npm_", "hf_", "eyj", "private key-----",
)  # fmt: skip
_ASSIGNED = re.compile(
    r"(?i:password|passwd|secret(?:_access_key)?|token|api_?key)[\"']?\s{0,3}[:=]\s{0,3}(?:[\"']([^\s\"']{16,200})[\"']"
    r"|([A-Za-z0-9/+]{40})(?![\w/+=.-]))"
)
_ASSIGNED_HINTS = ("password", "passwd", "secret", "token", "api_key", "apikey")
_PLACEHOLDER = re.compile(
    r"(?i)example|your|x{4}|placeholder|[<>$%{}*]|\.\.\.|dummy|fake|changeme|12345|abcdef|sample"
    r"|a1b2c3"
)
_WORDS = re.compile(r"(?i).*(?:password|secret).*|[a-z]+(?:[-_.][a-z]+)*")
_LEAST_ENTROPY = 3.5
_ORDER = re.compile(
    r"(?:(?<=<!--)|[\s.:;,!])(?:ignore|run|execute|send|upload|download|fetch|read|post|copy|delete|forward|reveal"
    r"|you must|you should|do not tell|never tell)\s"
)
_ANCHOR = re.compile(r"<!--\s*(?:nn:|df-lint:|prettier|markdownlint|eslint|toc|vale|spdx)")
_AT_LOAD = re.compile(r"(?:^|[\s(:*])!`[^`\n]{1,200}`|^\s*```!")
_TOOL = re.compile(r"[^\s,()]+(?:\([^)]{0,300}\))?")
_ALL_TOOLS = re.compile(r"\*+|mcp__\*|Bash(?:\([\s:*]*\))?")
_RUN_BY_TOOLS = re.compile(
    r"conftest\.py|(?:site|user)customize\.py|\.envrc|tasks\.json|.*\.pth"
    r"|test_.*\.py|.*_test\.(?:py|go)|.*\.(?:test|spec)\.[cm]?[jt]sx?"
)
_INSTALL_SCRIPT = re.compile(r'"(?:(?:pre|post)?install|(?:pre|post)?prepare)"\s{0,5}:')


def _secrets(skill: ParsedSkill) -> Iterator[Spot]:
    for text in skill.told:
        lines: dict[int, str] = {}
        for number, near in text.near_exact(*_SECRET_HINTS):
            found = _SECRET.search(near)
            if found and not _PLACEHOLDER.search(found[0]):
                lines[number] = found[0][:6]
        for number, near in text.near_exact(*_ASSIGNED_HINTS):
            found = _ASSIGNED.search(near) if "=" in near or ":" in near else None
            if found and _is_random(found[1] or found[2]):
                lines.setdefault(number, (found[1] or found[2])[:2])
        for number, begin in lines.items():
            said = f"what looks like a secret ({begin}…)"
            yield Spot(said, skill.line(text, number), text.name)


def _is_random(value: str) -> bool:
    """Tell whether *value* is neither words nor what stands in the place of a credential."""
    words = _WORDS.fullmatch(value) or _PLACEHOLDER.search(value)
    shares = [count / len(value) for count in Counter(value).values()]
    entropy = -sum(share * math.log2(share) for share in shares)
    return not words and entropy >= _LEAST_ENTROPY  # bits a letter: random ones carry more


def _comments(skill: ParsedSkill) -> Iterator[Spot]:
    for text in skill.texts.values():
        at = text.folded.find("<!--") if text.name.endswith(".md") else -1
        while at >= 0:
            end = text.folded.find("-->", at)
            end = end if end >= 0 else len(text.folded)
            number = text.line_at(at)
            fenced = text.markdown.code[number - 1] or _ANCHOR.match(text.folded, at)
            if not fenced and _ORDER.search(text.folded, at + len("<!--"), end):
                yield Spot("a comment that tells an agent what to do", number, text.name)
            at = text.folded.find("<!--", end)


def _run_at_load(skill: ParsedSkill) -> Iterator[Spot]:
    for number in dict.fromkeys(
        number for number, near in skill.whole.near("!`", "```!") if _AT_LOAD.search(near)
    ):
        yield Spot("a command that runs while the skill is loaded", number)


def _all_tools(skill: ParsedSkill) -> Iterator[Spot]:
    line, node = skill.head.entries.get("allowed-tools", (0, None))
    items = node.items if isinstance(node, yamltree.Sequence) else [node]
    texts = [item.text for item in items if isinstance(item, yamltree.Scalar)]
    for tool in (tool for text in texts for tool in _TOOL.findall(text[:5000])):
        if _ALL_TOOLS.fullmatch(tool):
            yield Spot(f"allowed-tools grants {tool}, which is everything", line)
            return


def _hooks(skill: ParsedSkill) -> Iterator[Spot]:
    if "hooks" in skill.head.entries:
        yield Spot("the front matter sets hooks, which run commands", skill.head.line_of("hooks"))


def _run_by_tools(skill: ParsedSkill) -> Iterator[Spot]:
    for name in sorted(skill.files):
        base = os.path.basename(name)
        text = skill.texts[name].text if base == "package.json" and name in skill.texts else ""
        found = _INSTALL_SCRIPT.search(text)
        if _RUN_BY_TOOLS.fullmatch(base):
            yield Spot(f"{shown(name)} is run by tools that nobody told to", file=name)
        elif found:
            line = text.count("\n", 0, found.start()) + 1
            yield Spot("an install script, which runs without being named", line, name)


RULES = (
    *(Rule(one.id, one.what, one.why, one.fix, phrase_check(one), "error") for one in PHRASES),
    Rule(
        "X001", "the skill holds no secrets",
        "it is copied into every session, and into every repository that takes it over",
        "take it out, replace it by a name of a variable, and revoke it",
        _secrets, "error",
    ),
    Rule(
        "I002", "no comment of Markdown holds instructions",
        "an agent reads and follows what a rendered page does not show",
        "write it as text, or remove it",
        _comments, "error",
    ),
    Rule(
        "I007", "nothing is run while the skill is loaded",
        "Claude Code runs !`command` before the model has read the text",
        "let the steps say which command to run",
        _run_at_load, "error",
    ),
    Rule(
        "I008", "allowed-tools does not grant everything",
        "a bare Bash or * lets every command through without a question",
        "name the commands: `Bash(git commit:*)`",
        _all_tools, "error",
    ),
    Rule(
        "I011", "the front matter sets no hooks",
        "hooks run commands without the model and without a question",
        "let the harness or the lane run it",
        _hooks, "error",
    ),
    Rule(
        "I012", "the folder holds plain files alone, and no link that leaves it",
        "what is injected must be what the hash in the log says",
        "put the file itself there",
        noted("I012"), "error", "warning",
    ),
    Rule(
        "I014", "no file is run by tools without being named",
        "tests, conftest.py, install scripts and the like run because they lie there",
        "remove it, or give it another name and let a step run it",
        _run_by_tools, "error",
    ),
)  # fmt: skip
