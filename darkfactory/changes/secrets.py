"""Credentials that a diff adds: few false alarms before completeness, and no value is repeated.

Two nets: forms that only one kind of credential has, looked for everywhere; and assignments of
random-looking text to names like ``api_key``, looked for where people configure and program, not
in tests, documents and generated files.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from darkfactory.changes.paths import is_generated, is_test
from darkfactory.changes.secret_forms import (
    FORMS,
    PLACEHOLDER,
    WORTH_A_LOOK,
    entropy,
    is_document,
)
from darkfactory.changes.unified import Line, changed_lines

_LONGEST_LINE = 20_000
_LONGEST_ASSIGNMENT = 1000
_MIN_ENTROPY = 3.3

_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----(.*)")
_KEY_LINES = 6
_KEY_BODY = re.compile(r"(?:^|\\n|[\s\"'+>])([A-Za-z0-9+/=]{40,})")

_NAME = (
    r"(?<![\w:.-])(?P<name>[\w.-]{0,40}(?:api[_-]?key|secret|token|passw(?:or)?d|passphrase|pwd|credential"
    r"|private[_-]?key|access[_-]?key|auth[_-]?key)[\w-]{0,20})"
)
_QUOTED = re.compile(
    _NAME + r"[\"'\]]{0,2}\s{0,4}(?::=|=>|=|:)\s{0,4}[a-z]?(?P<quote>[\"'`])"
    r"(?P<value>[^\"'`\s]{12,200})(?P=quote)",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"\s*(?:export |set |ENV |ARG |- )?" + _NAME + r"\s{0,4}[=:]\s{0,4}"
    r"(?P<value>[^\"'`\s#;,(){}\[\]<>$%]{12,200})\s*(?:#.*)?$",
    re.IGNORECASE,
)
_BARE_FILES = re.compile(
    r"(?:.*/)?(?:\.env.*|.*\.(?:env|properties|ini|cfg|conf|ya?ml|tfvars)|credentials|\.npmrc"
    r"|\.pypirc|Dockerfile.*)",
    re.IGNORECASE,
)
# Names that speak of a credential without holding one.
_HARMLESS_NAME = re.compile(
    r"(?:.*[_.-])?(?:name|type|id|ids|field|url|uri|path|file|prefix|suffix|header|env|var|regex"
    r"|pattern|length|ttl|class|label|hint|message|key_?path|algorithm|format|version|endpoint"
    r"|arn|ref|hash|sha\d*|digest|checksum|fingerprint|public_?key|kind|title|text|error)s?$"
    r"|.*(?:continuation|next|page|input|output|sync|client|cursor|csrf|xsrf)[_-]?token$"
    r"|.*(?:tokeni[sz]|tokens|secrets|credentials)(?:\b|[_.-].*)?$"
    r"|(?-i:.*[a-z](?:Name|Type|Id|Url|Path|At|Used|Date)$)",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHORT_HEX = re.compile(r"(?:0x)?[0-9a-f]{1,31}", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z]?[a-z]+\d{0,3}|[A-Z]+\d{0,3}|\d{1,4}|")
_NO_VALUE = re.compile(
    r"[~/.\\$@!#|]|[\w+.-]+://|[\w.]+\(|sha\d+[:-]|data:|arn:|\d{4}-\d\d-\d\dT"
    r"|\w+(?:\.\w+)*\[",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What looks like a credential: *hint* shows enough to find it and too little to use it."""

    path: str
    line: int
    kind: str
    hint: str


def secrets_in(diff: str) -> tuple[Finding, ...]:
    """Return what looks like a credential in the lines that *diff* adds."""
    return secrets_among(changed_lines(diff))


def secrets_among(lines: Iterable[Line]) -> tuple[Finding, ...]:
    """Return what looks like a credential in those of *lines* that are added, all of one diff."""
    added = [line for line in lines if line.added]
    found: dict[tuple[str, int, str], Finding] = {}
    for index, line in enumerate(added):
        if WORTH_A_LOOK.search(line.text[:_LONGEST_LINE]):
            for finding in _in_line(line, added[index + 1 : index + 1 + _KEY_LINES]):
                found.setdefault((finding.path, finding.line, finding.kind), finding)
    return tuple(found.values())


def _in_line(line: Line, following: Sequence[Line]) -> Iterator[Finding]:
    text = line.text[:_LONGEST_LINE]
    known = False
    for form in FORMS:
        for match in form.pattern.finditer(text):
            if form.accepts(match, line.path):
                known = True
                yield Finding(line.path, line.number, form.kind, _hint(match["value"], form.shown))
    if _begins_key(line, following):
        yield Finding(line.path, line.number, "private key", "-----BEGIN …")
    elif not known and len(text) <= _LONGEST_ASSIGNMENT:
        yield from _assigned(line)


def _hint(value: str, shown: int) -> str:
    return f"{value[:shown]}… ({len(value)} characters)"


def _begins_key(line: Line, following: Sequence[Line]) -> bool:
    """Tell whether a private key follows the line that announces one; many programs only ask."""
    begin = _KEY.search(line.text)
    if begin is None:
        return False
    rest = [begin[1][:_LONGEST_LINE]] + [
        after.text[:_LONGEST_LINE]
        for after in following
        if after.path == line.path and after.number - line.number <= _KEY_LINES
    ]
    return any(
        entropy(body) > _MIN_ENTROPY and not PLACEHOLDER.search(body[:20])
        for text in rest
        for body in _KEY_BODY.findall(text)
    )


def _assigned(line: Line) -> Iterator[Finding]:
    path = line.path
    if is_test(path) or is_document(path) or is_generated(path):
        return
    matches = list(_QUOTED.finditer(line.text))
    if _BARE_FILES.fullmatch(path) and (bare := _BARE.fullmatch(line.text)):
        matches.append(bare)
    for match in matches:
        if not _HARMLESS_NAME.match(match["name"]) and _looks_secret(match["value"]):
            yield Finding(path, line.number, "assigned credential", _hint(match["value"], 0))


def _looks_secret(value: str) -> bool:
    """Tell whether *value* is random rather than words, a number, an identifier or a place."""
    return (
        any(letter.isdigit() for letter in value)
        and any(letter.isalpha() for letter in value)
        and entropy(value) > _MIN_ENTROPY
        and not PLACEHOLDER.search(value)
        and not _NO_VALUE.match(value)
        and not _UUID.search(value)
        and not _SHORT_HEX.fullmatch(value)
        and not all(_WORDS.fullmatch(part) for part in re.split(r"[-_.:/ ]", value))
    )
