"""Rules R, P and F: what a skill points to, what else lies in its folder, and for whom it is."""

import os.path
import re
from collections.abc import Iterator

from darkfactory.config.problems import shown
from darkfactory.skills.frontmatter import FILE
from darkfactory.skills.lint.links import Pointer, is_folder
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot

_READ = re.compile(r"\b(?:must|always|first)\b.{0,80}\bread\b|\bread\b.{0,80}\bfirst\b")
_MARKDOWN_FILE = re.compile(r"[\w./-]{1,200}\.md\b")
_CONDITION = re.compile(
    r"\b(?:when|if|for|before|after|need|needs|to|unless|once|while|whenever|where|see)\b|\|"
)
_LONG_REFERENCE = 100
_CONTENTS_WITHIN = 3072
_CONTENTS = re.compile(
    r"^#{1,6}\s.*\b(?:contents|index|overview)\b|^\s*[-*]\s*\[.{1,200}\]\(#", re.MULTILINE
)
_RESOURCES = ("references/", "reference/", "scripts/", "assets/", "resources/", "templates/")
_STANDARD_FOLDERS = {"reference", "references", "script", "scripts", "assets"}
_LICENCES = re.compile(r"licen[sc]e|copying|notice", re.IGNORECASE)
_PEOPLES = {"readme.md", "changelog.md", "contributing.md", "readme.txt", "changelog"}
_CLIENT_TOOLS = {
    "askuserquestion": "Claude Code", "todowrite": "Claude Code", "exitplanmode": "Claude Code",
    "notebookedit": "Claude Code", "subagent_type": "Claude Code", "apply_patch": "Codex",
    "update_plan": "Codex", "request_user_input": "Codex", "activate_skill": "Gemini CLI",
}  # fmt: skip


def _broken(skill: ParsedSkill) -> Iterator[Spot]:
    seen: set[tuple[str, str]] = set()
    for one in skill.graph.pointers:
        if (one.source, one.path) in seen or not _is_promise(one, skill) or _leads(one, skill):
            continue
        seen.add((one.source, one.path))
        meant = next((name for name in skill.files if name.lower() == one.path.lower()), None)
        fix = f"write it as the file is called: {meant}" if meant else None
        yield Spot(f"{shown(one.target)} is no file of the skill", one.line, one.source, fix=fix)


def _is_promise(one: Pointer, skill: ParsedSkill) -> bool:
    """Tell whether *one* can only mean a file of the skill, not one of the reader's project."""
    if one.leaves:
        return False
    if one.linked:
        return True
    top, name = one.path.split("/")[0], one.path.split("/")[-1]
    if "." not in name or one.target.endswith("/"):  # a folder, or two words with a slash
        return False
    if is_folder(top, skill.files):
        return True
    # Commands and trees of projects stand in code, and a dot is where an agent works; these names
    # are those of the standard.
    return not (one.code or one.target.startswith("./")) and top in _STANDARD_FOLDERS


def _leads(one: Pointer, skill: ParsedSkill) -> bool:
    # evals/ and the sidecar are left out of what a session sees, so they are nothing to point to.
    return one.path in skill.files or is_folder(one.path, skill.files)


def _unreached(skill: ParsedSkill) -> Iterator[Spot]:
    for name in sorted(skill.files):
        if name.startswith(_RESOURCES) and name not in skill.graph.hops:
            yield Spot(f"nothing points to {shown(name)}", file=name)


def _far(skill: ParsedSkill) -> Iterator[Spot]:
    for name, hops in sorted(skill.graph.hops.items()):
        if hops > 1 and name.endswith(".md") and not _LICENCES.match(os.path.basename(name)):
            yield Spot(f"SKILL.md does not name {shown(name)}; it is {hops} hops away", file=name)


def _many_reads(skill: ParsedSkill) -> Iterator[Spot]:
    named: dict[str, int] = {}
    for number, line in skill.body.prose:
        low = line[:1000].lower()
        if ".md" in low and "read" in low and _READ.search(low) and " if " not in low:
            named.update(dict.fromkeys(_MARKDOWN_FILE.findall(low), number))
    if len(named) > 1:
        what = ", ".join(sorted(named)[:5])
        yield Spot(f"{len(named)} files are to be read in any case: {what}", max(named.values()))


def _unconditional(skill: ParsedSkill) -> Iterator[Spot]:
    lines = skill.head.lines
    seen: set[str] = set()
    for one in skill.graph.pointers:
        known = one.path in skill.files and one.path.endswith(".md")
        if one.source != FILE or one.code or not known or one.path in seen:
            continue
        seen.add(one.path)
        if not _CONDITION.search(lines[one.line - 1][:2000].lower()):
            yield Spot(f"the line does not say when to read {shown(one.path)}", one.line)


def _no_contents(skill: ParsedSkill) -> Iterator[Spot]:
    for text in skill.references:
        lines = text.text.count("\n") + 1
        if lines > _LONG_REFERENCE and not _CONTENTS.search(text.folded[:_CONTENTS_WITHIN]):
            yield Spot(f"{lines} lines without a list of contents", 1, text.name)


def _leaving(skill: ParsedSkill) -> Iterator[Spot]:
    seen: set[tuple[str, str]] = set()
    for one in skill.graph.pointers:
        place = (one.source, one.path)
        if one.linked and one.leaves and not _is_beside(one, skill) and place not in seen:
            seen.add(place)
            yield Spot(f"{shown(one.target)} lies outside of the skill", one.line, one.source)


def _is_beside(one: Pointer, skill: ParsedSkill) -> bool:
    """Tell whether *one* leads into a skill that this one requires, and that lies beside it."""
    above, _, name = one.path.partition("/")
    return above == ".." and name.split("/")[0] in skill.sidecar.requires


def _client_tools(skill: ParsedSkill) -> Iterator[Spot]:
    if "compatibility" in skill.head.entries:
        return
    for tool, client in _CLIENT_TOOLS.items():
        for line, _ in skill.whole.near(tool):
            yield Spot(f"{tool} is a tool of {client} alone", line)
            break


def _for_people(skill: ParsedSkill) -> Iterator[Spot]:
    for name in sorted(skill.files):
        if name.lower() in _PEOPLES:
            yield Spot(f"{name} is for people, and goes into every session", file=name)


RULES = (
    Rule(
        "R001", "each relative link leads to a file of the skill",
        "an agent that is sent to a file that is not there guesses what it held",
        "correct the path, or add the file",
        _broken, "error",
    ),
    Rule(
        "R002", "each resource is reached from SKILL.md",
        "what nothing points to is never read, and is copied into every session",
        "name it in SKILL.md with the case that needs it, or remove it",
        _unreached,
    ),
    Rule(
        "R003", "each text is one hop away from SKILL.md",
        "agents rarely follow a reference out of a reference",
        "name it in SKILL.md itself",
        _far,
    ),
    Rule(
        "R004", "at most one file is to be read in any case",
        "agents rarely open two; what always holds belongs into SKILL.md",
        "move what always holds into SKILL.md, and say of the rest when to read it",
        _many_reads,
    ),
    Rule(
        "R005", "each pointer says when to follow it",
        "without a condition a reference is read always or never",
        "say when: `If a migration is involved, read references/migrations.md`",
        _unconditional, "info",
    ),
    Rule(
        "R006", "a reference of more than 100 lines has a list of contents",
        "agents read the beginning of a long file and judge the rest by it",
        "begin it with a list of its headings",
        _no_contents, "info", optional=True,
    ),
    Rule(
        "R007", "no link leaves the skill",
        "the skill is copied alone into a session, where the target is not",
        "copy what is needed into the skill, or name the other skill in `requires:` of df.yaml",
        _leaving,
    ),
    Rule(
        "P001", "tools of one agent are not asked of all",
        "an agent without the tool stops, or makes something up",
        "say in words what is to be done, or name the agent in `compatibility:`",
        _client_tools,
    ),
    Rule(
        "F001", "no README or changelog lies in the skill",
        "it costs tokens and tells an agent nothing that SKILL.md does not",
        "remove it; the history of a skill is in HISTORY.jsonl",
        _for_people, "info",
    ),
)  # fmt: skip
