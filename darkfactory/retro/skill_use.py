"""What one session made of one skill, and what the skill cost it; folded from its events.

A catalogue entry is in every request, SKILL.md in each from its loading on, a reference in each
from its reading on. So a cost is tokens of the text times requests: what was sent, of which an
agent's cache may have paid a part.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from darkfactory.domain.event import Event
from darkfactory.domain.foreign import number_of


@dataclass(slots=True)
class SkillUse:
    """One skill in one session. The figures of tokens are what was sent of it."""

    session: str
    item: str = ""
    lane: str = ""
    agent: str = ""
    version: str = ""
    sha256: str = ""
    begun: str = ""
    outcome: str = ""
    loads: int = 0
    references: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    violated: list[str] = field(default_factory=list)
    exercised: list[str] = field(default_factory=list)
    catalogue_tokens: int = 0
    body_tokens: int = 0
    reference_tokens: int = 0
    session_tokens: int = 0

    @property
    def tokens(self) -> int:
        """All that was sent of the skill."""
        return self.catalogue_tokens + self.body_tokens + self.reference_tokens

    @property
    def share(self) -> float | None:
        """Which part of the session's tokens that is, None where these are not known."""
        return self.tokens / self.session_tokens if self.session_tokens else None


@dataclass(slots=True)
class _Sent:
    """What each request holds of the skill by now, in tokens; *loaded*: SKILL.md is in it."""

    catalogue: int = 0
    body: int = 0
    loaded: bool = False
    opened: dict[str, int] = field(default_factory=dict)


def skill_use(name: str, session: str, events: Iterable[Event]) -> SkillUse:
    """Return what *session*, of which these are the *events*, made of the skill called *name*."""
    use, sent = SkillUse(session), _Sent()
    for event in events:
        if event.posted:
            continue
        if event.type.startswith("skill.") and event.data.get("name") == name:
            _of_skill(use, sent, event)
        elif event.type.startswith("nn.") and event.data.get("skill") == name:
            _of_rule(use, event)
        else:
            _of_session(use, sent, event)
    return use


def _of_skill(use: SkillUse, sent: _Sent, event: Event) -> None:
    data = event.data
    if event.type in ("skill.injected", "skill.withheld"):
        use.version, use.sha256 = str(data.get("version") or ""), str(data.get("sha256") or "")
    if event.type == "skill.injected":
        sent.loaded = sent.loaded or data.get("deliver") == "inline-all"
        sent.catalogue, sent.body = _count(data.get("catalogue")), _count(data.get("body"))
    elif event.type == "skill.loaded":
        use.loads += 1
        sent.loaded = True
    elif event.type == "skill.reference_read":
        path = str(data.get("path"))
        if path not in sent.opened:
            use.references.append(path)
        sent.opened[path] = _count(data.get("tokens"))
    elif event.type == "skill.script_run":
        use.scripts.append(str(data.get("path")))


def _of_rule(use: SkillUse, event: Event) -> None:
    """Note the last judgement of a rule: an earlier one may have been of an unfinished tree."""
    rule = str(event.data.get("id"))
    for rules in (use.kept, use.violated, use.exercised):
        if rule in rules:
            rules.remove(rule)
    if event.type == "nn.violated" or event.data.get("exercised"):
        use.exercised.append(rule)
    (use.kept if event.type == "nn.kept" else use.violated).append(rule)


def _of_session(use: SkillUse, sent: _Sent, event: Event) -> None:
    data = event.data
    if event.type == "session.started":
        use.item, use.lane = str(data.get("item") or ""), str(data.get("lane") or "")
        use.agent = event.agent or ""
        use.begun = use.begun or str(event.ts or "")
    elif event.type == "session.ended":
        use.outcome = str(data.get("outcome") or "")
    elif event.type == "usage":
        use.session_tokens = max(use.session_tokens, _count(data.get("total_session")))
        if data.get("scope") in ("request", "turn"):
            use.catalogue_tokens += sent.catalogue
            use.body_tokens += sent.body if sent.loaded else 0
            use.reference_tokens += sum(sent.opened.values())


def _count(value: object) -> int:
    return int(number_of(value) or 0)
