"""Words of people and agents as data: compared, put on one line, and looked at for what they ask.

Logs are hostile input. A text that asks for a command, an address or a tool may be what a person
wants, or what a web page has told an agent to ask for: whoever reads the proposal must see it.
"""

import re

LONGEST_RULE = 240

_NOT_A_WORD = re.compile(r"[^\w]+")
_POLITE = re.compile(
    r"^(?:(?:please|pls|hey|ok(?:ay)?|now|and|but|so)\b[\s,:]*|no[,:;.!]+\s+)+", re.IGNORECASE
)
"""A bare *no* is no courtesy: it belongs to the wish."""
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff"
    r"\ufeff\uffa0\ufff9-\ufffb]"
)
_MARKUP = re.compile(r"^(?:[-*+>|#]+\s+|\d+[.)]\s+|`{3,}\s*|~{3,}\s*)+")
_TAGS = re.compile(r"[\U000e0000-\U000e007f]")
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\b(?:data|javascript|mailto):\S|\b[\w.+-]+@[\w-]+\.\w"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|ai|cloud|xyz|info|example)\b"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    re.IGNORECASE,
)
_PROGRAMS = (
    "apt|apt-get|bash|brew|bun|bundle|cargo|chmod|chown|cmake|composer|conda|cp|curl|dd|docker"
    "|dotnet|eval|gem|gh|git|gradle|helm|java|kill|kubectl|mv|mvn|node|npm|npx|nvm|perl|php|pip3?"
    "|pipx|pnpm|podman|poetry|powershell|psql|pytest|python3?|rm|ruby|rustup|scp|sed|sh|ssh|sudo"
    "|tar|terraform|tox|ts-node|uv|uvx|wget|yarn|zsh"
    "|go (?:build|fmt|generate|get|install|mod|run|test|tool|vet)"
    "|make(?! (?:sure|it|the|an?|this|that|them|your|sense|no|any|every|all|each)\\b)"
)
_COMMAND = re.compile(
    rf"`[^`]+`|\$\(|&&|\|\|?\s*\w|(?<![\w/.-])(?:{_PROGRAMS})\s+[\w./~+$*-]|(?:^|\s)\./\w"
    rf"|\b(?:[Uu]se|[Rr]un|[Cc]all|[Ii]nstall)\s+(?:{_PROGRAMS})\b"
    r"|\b[A-Z_]{2,}=\S|(?:^|\s)--?[a-z][\w-]*|\w\.(?:sh|bash|ps1|bat|cmd|exe)\b"
)
_TOOL = re.compile(
    r"\ballowed-tools\b|\bmcp\b|\bmcp__\w|\b(?:bash|read|write|edit|webfetch)\("
    r"|\b(?:bash|browser|edit|glob|grep|read|shell|task|write)\s+tool\b|\bweb(?:fetch|search)\b",
    re.IGNORECASE,
)
_LOOSENS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|disable|turn off|skip)\b"
    r"|\bwithout (?:asking|permission|review|tests?|approval)\b"
    r"|\b(?:no longer|not|never|don't) (?:need|have|required?)\b|--no-verify|--force\b|--yolo\b"
    r"|\b(?:ok|okay|fine|allowed|permitted|acceptable) to\b|\boptional\b|\bno need\b"
    r"|\b(?:don't|do not|never) ask\b|\b(?:you may|feel free)\b|\bforce[- ]push"
    r"|\bno (?:review|approval|tests?|permission)s? (?:is|are) (?:needed|required)\b"
    r"|\bapprove \w+ (?:by )?yourself\b",
    re.IGNORECASE,
)


def key_of(text: str) -> str:
    """Return what two wordings of one wish have in common: small letters, words, no courtesy."""
    plain = _POLITE.sub("", one_line(text))
    return _NOT_A_WORD.sub(" ", plain.casefold()).strip()


def one_line(text: str, longest: int = LONGEST_RULE) -> str:
    """Return *text* on one line, without what is not seen, at most *longest* characters of it."""
    plain = " ".join(_TAGS.sub("", _CONTROL.sub(" ", text)).split())
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "\u2026"


def hides(text: str) -> bool:
    """Tell whether *text* holds characters that nobody sees."""
    return bool(_CONTROL.search(text) or _TAGS.search(text))


def as_rule(text: str) -> str:
    """Return *text* as the words of one list item: no markup begins or ends in it."""
    plain = _MARKUP.sub("", _POLITE.sub("", one_line(text))).rstrip(" .;:")
    plain = plain.replace("<!--", "<! --").replace("-->", "-- >")
    return plain[:1].upper() + plain[1:]


def dangers(text: str) -> list[str]:
    """Return what *text* brings that a person has to see: an address, a command, a tool, a way out.

    It errs towards telling: a rule that only names a program is told, too.
    """
    found = (
        ("an address", _ADDRESS),
        ("a command", _COMMAND),
        ("a tool", _TOOL),
        ("a way around a rule", _LOOSENS),
    )
    return [what for what, pattern in found if pattern.search(text)]
