"""A skill as the rules see it: everything that was read, and nothing that could still fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from darkfactory.domain.skill import SkillFinding
from darkfactory.skills.frontmatter import FILE, Head
from darkfactory.skills.lint.links import Graph, read_graph
from darkfactory.skills.lint.markdown import Markdown, read_markdown
from darkfactory.skills.lint.project import Project
from darkfactory.skills.lint.text import CHARACTERS_A_TOKEN, Text
from darkfactory.skills.sidecar import FILE as SIDECAR
from darkfactory.skills.sidecar import Sidecar


@dataclass(frozen=True)
class ParsedSkill:
    """One skill folder called *name*.

    *files* are the sizes of all that a session may see, *texts* those of them that are text;
    *noted* is what reading itself found; *evals* the texts of ``evals/``, or None when there is
    none; *today* is what dates are held against, None: nothing; *project* is what lies around it.
    """

    name: str
    head: Head
    sidecar: Sidecar = field(default_factory=Sidecar)
    files: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    noted: tuple[SkillFinding, ...] = ()
    evals: Mapping[str, str] | None = None
    today: date | None = None
    project: Project = field(default_factory=Project)

    @cached_property
    def told(self) -> tuple[Text, ...]:
        """All that an agent may read: texts, rules that prompts quote, an escaped description."""
        rules = (
            f"{rule.id}: {rule.text} {rule.why or ''}" for rule in self.sidecar.non_negotiables
        )
        escaped = any("\\" in line for line in self.head.lines[: self.head.body])
        values = [Text(FILE, self.head.description)] if escaped else []
        return (*self.texts.values(), *values, Text(SIDECAR, "\n".join(rules)))

    def line(self, text: Text, number: int) -> int | None:
        """Return the line of the file where line *number* of *text* stands, None: nobody knows."""
        if self.texts.get(text.name) is text:
            return number
        return self.head.line_of("description") if text.name == FILE else None

    @cached_property
    def whole(self) -> Text:
        """SKILL.md with its front matter."""
        return self.texts.get(FILE) or Text(FILE, "\n".join(self.head.lines))

    @cached_property
    def body(self) -> Markdown:
        """SKILL.md behind its front matter."""
        return read_markdown(self.head.lines[self.head.body :], self.head.body + 1)

    @cached_property
    def prose(self) -> str:
        """The body outside of code, in small letters."""
        return "\n".join(line for _, line in self.body.prose).lower()

    @cached_property
    def body_tokens(self) -> int:
        """About how many tokens the body is."""
        return sum(len(line) + 1 for line in self.body.lines) // CHARACTERS_A_TOKEN

    @property
    def references(self) -> list[Text]:
        """The Markdown files beside SKILL.md."""
        return [text for name, text in self.texts.items() if name != FILE and name.endswith(".md")]

    @cached_property
    def graph(self) -> Graph:
        """What its texts point to."""
        return read_graph(self.texts, self.files)
