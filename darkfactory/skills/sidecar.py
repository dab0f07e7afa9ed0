"""df.yaml beside SKILL.md: what the factory knows of a skill and no agent needs to see."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from darkfactory.config import yamltree
from darkfactory.config.problems import key_path, nearest, shown
from darkfactory.config.scalars import BadYaml
from darkfactory.domain.skill import GATE, GUARD, NonNegotiable, SkillDocs, SkillFinding
from darkfactory.skills.checks.language import CheckInvalid, parse_check
from darkfactory.skills.prompting import LONGEST_RULE

FILE = "df.yaml"
WRONG = "S012"
UNKNOWN_KEY = "S013"

_KEYS = ("version", "kind", "lanes", "non_negotiables", "docs", "deliver", "requires")
_RULE_KEYS = ("id", "text", "why", "check", "enforce")
_DOCS_KEYS = ("url", "when")
_KINDS = ("workflow", "product", "knowledge", GUARD)
_WAYS = ("catalog", "mention", "inline-nn", "inline-all")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What df.yaml holds; a value that is wrong is left out and found. *text* is all of it."""

    version: str = ""
    lanes: tuple[str, ...] = ()
    non_negotiables: tuple[NonNegotiable, ...] = ()
    docs: tuple[SkillDocs, ...] = ()
    deliver: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    requires: tuple[str, ...] = ()
    findings: tuple[SkillFinding, ...] = ()
    text: str = ""


def read_sidecar(text: str) -> Sidecar:
    """Return what the df.yaml of *text* says."""
    try:
        tree = yamltree.parse(text)
        given: Any = None if tree is None else yamltree.plain(tree)
    except BadYaml as error:
        message = f"{error.problem}; {error.fix}"
        return Sidecar(findings=(SkillFinding(WRONG, "error", FILE, message, error.line),))
    reader = _Reader(tree)
    if not isinstance(tree, yamltree.Mapping):
        if given is not None:
            reader.wrong((), "must be a mapping of keys")
        return Sidecar(findings=tuple(reader.findings))
    reader.known(given, _KEYS, ())
    return Sidecar(
        version=_version(tree, given, reader),
        lanes=tuple(reader.texts(given, "lanes")),
        non_negotiables=tuple(_rules(given, reader)),
        docs=tuple(_docs(given, reader)),
        deliver=_deliver(given, reader),
        kind=_kind(given, reader),
        requires=tuple(reader.texts(given, "requires")),
        findings=tuple(reader.findings),
    )


class _Reader:
    """Takes values of the right type and notes the others, with their line."""

    def __init__(self, tree: yamltree.Node | None) -> None:
        self.findings: list[SkillFinding] = []
        self._tree = tree

    def wrong(
        self, path: yamltree.Path, what: str, *, rule: str = WRONG, severity: str = "error"
    ) -> None:
        """Note that *what* holds of the value at *path*."""
        line = yamltree.line_at(self._tree, path) if self._tree else 1
        message = f"{key_path(path)} {what}" if path else what
        self.findings.append(SkillFinding(rule, severity, FILE, message, line))

    def known(self, given: dict[str, Any], keys: tuple[str, ...], path: yamltree.Path) -> None:
        """Note the keys of *given* that are none of *keys*."""
        for key in given:
            if key not in keys:
                what = f"is not a known key; did you mean {nearest(key, keys)}?"
                self.wrong((*path, key), what, rule=UNKNOWN_KEY, severity="warning")

    def text(
        self, given: dict[str, Any], key: str, path: yamltree.Path, *, needed: bool = False
    ) -> str | None:
        """Return the text of *key*, or None."""
        value = given.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None:
            self.wrong((*path, key), f"must be text, not {shown(value)}")
        elif needed:
            self.wrong(path, f"has no {key}")
        return None

    def texts(self, given: dict[str, Any], key: str) -> Iterator[str]:
        """Yield the texts of list *key*."""
        for path, value in self.items(given, key):
            if isinstance(value, str):
                yield value
            else:
                self.wrong(path, f"must be text, not {shown(value)}")

    def items(self, given: dict[str, Any], key: str) -> Iterator[tuple[yamltree.Path, Any]]:
        """Yield the entries of list *key* with their paths."""
        value = given.get(key)
        if isinstance(value, list):
            yield from (((key, place), entry) for place, entry in enumerate(value))
        elif value is not None:
            self.wrong((key,), f"must be a list, not {shown(value)}")

    def mappings(
        self, given: dict[str, Any], key: str, keys: tuple[str, ...]
    ) -> Iterator[tuple[yamltree.Path, dict[str, Any]]]:
        """Yield the mappings of list *key*, which may hold *keys*."""
        for path, value in self.items(given, key):
            if isinstance(value, dict):
                self.known(value, keys, path)
                yield path, value
            else:
                self.wrong(path, f"must be a mapping, not {shown(value)}")


def _version(tree: yamltree.Mapping, given: dict[str, Any], reader: _Reader) -> str:
    """Return the version as written: 1.10 is no number."""
    if given.get("version") is None:
        return ""
    _, node = tree.entries["version"]
    if isinstance(node, yamltree.Scalar):
        return node.text[:64]
    reader.wrong(("version",), "must be a version such as 1.4.0")
    return ""


def _kind(given: dict[str, Any], reader: _Reader) -> str:
    found = reader.text(given, "kind", ()) or ""
    if found and found not in _KINDS:
        reader.wrong(("kind",), f"must be one of {', '.join(_KINDS)}")
        return ""
    return found


def _rules(given: dict[str, Any], reader: _Reader) -> Iterator[NonNegotiable]:
    seen: set[str] = set()
    for path, rule in reader.mappings(given, "non_negotiables", _RULE_KEYS):
        id_ = reader.text(rule, "id", path, needed=True)
        text = reader.text(rule, "text", path, needed=True)
        check = rule.get("check")
        if not _is_check(check, path, reader):
            continue
        if id_ is not None and (not _ID.fullmatch(id_) or id_ in seen):
            reader.wrong((*path, "id"), "must be a word that no other rule has")
        elif id_ and text:
            seen.add(id_)
            why, enforce = (reader.text(rule, key, path) for key in ("why", "enforce"))
            _look_at_length(text, why, path, reader)
            _look_at_enforce(enforce, check, path, reader)
            yield NonNegotiable(id_, text, why, check, enforce)


def _look_at_length(text: str, why: str | None, path: yamltree.Path, reader: _Reader) -> None:
    """Note what prompts leave out of a rule."""
    for key, said in (("text", text), ("why", why or "")):
        if len(said) > LONGEST_RULE:
            what = f"has {len(said)} characters, of which prompts hold {LONGEST_RULE}"
            reader.wrong((*path, key), what, severity="warning")


def _is_check(check: Any, path: yamltree.Path, reader: _Reader) -> bool:
    """Tell whether *check* may stand with a rule; what is wrong with it is noted."""
    place = (*path, "check")
    if isinstance(check, str):
        what = "is text, which no machine can judge; write a check, or null"
        reader.wrong(place, what, severity="warning")
        return True
    if check is None:
        return True
    try:
        pure = parse_check(check, "").is_pure
    except CheckInvalid as error:
        reader.wrong(place, error.problem.strip())
        return False
    if not pure:
        what = "is judged by evals alone: no live session runs commands for it, or asks a model"
        reader.wrong(place, what, severity="warning")
    return True


def _look_at_enforce(enforce: str | None, check: Any, path: yamltree.Path, reader: _Reader) -> None:
    """Note where ``enforce`` does not do what it seems to."""
    if enforce is None:
        return
    what = ""
    if enforce != GATE:
        what = f"has no effect: only {GATE} enforces a rule, not {shown(enforce)}"
    elif not isinstance(check, Mapping):
        what = "has no effect: without a check nobody can tell whether the rule is kept"
    elif not parse_check(check).is_pure:
        what = "lets nothing land alone: the gate cannot judge this check, so it stays unknown"
    if what:
        reader.wrong((*path, "enforce"), what, severity="warning")


def _docs(given: dict[str, Any], reader: _Reader) -> Iterator[SkillDocs]:
    for path, docs in reader.mappings(given, "docs", _DOCS_KEYS):
        url = reader.text(docs, "url", path, needed=True)
        if url:
            yield SkillDocs(url, reader.text(docs, "when", path))


def _deliver(given: dict[str, Any], reader: _Reader) -> dict[str, str]:
    value = given.get("deliver")
    ways = {"default": value} if isinstance(value, str) else value or {}
    if not isinstance(ways, dict):
        reader.wrong(("deliver",), f"must be a mapping of agent kinds, not {shown(value)}")
        return {}
    for kind, way in ways.items():
        if way not in _WAYS:
            reader.wrong(("deliver", kind), f"must be one of {', '.join(_WAYS)}")
    return {kind: way for kind, way in ways.items() if way in _WAYS}
