"""Phrases that are dangerous wherever they stand, unless the sentence forbids what they say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from darkfactory.config.problems import shown
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Check, Severity, Spot

_FORBIDDEN = re.compile(
    r"\b(?:never|do not|don't|does not|must not|should not|cannot|avoid|refuse|no|not|forbid\w*"
    r"|reject|instead of|rather than)\b(?! (?:worry|forget|hesitate|fail|fear))[^.!?;]{0,80}$"
)
_OFFICIAL = re.compile(
    r"https://(?:sh\.rustup\.rs|astral\.sh|get\.pnpm\.io|bun\.(?:sh|com)|deno\.land|get\.docker\.com"
    r"|install\.python-poetry\.org|deb\.nodesource\.com|clickhouse\.com"
    r"|raw\.githubusercontent\.com/(?:nvm-sh|homebrew))/?"
)
_SHELL = (
    r"(?:sudo\s+)?(?:/\S{0,30}/)?(?:ba|z|k|da|fi)?sh\b"
    r"|(?:sudo\s+)?(?:python3?|node|perl|ruby|iex)\b"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A rule about one kind of phrase: *hints* are plain words, one of which *pattern* holds."""

    id: str
    what: str
    why: str
    fix: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    forbidding: bool = True
    """Whether a sentence that forbids the thing is fine."""


def phrase_check(phrase: Phrase) -> Check:
    """Return the check that finds *phrase* in every text of a skill, once a line."""

    def check(skill: ParsedSkill) -> Iterator[Spot]:
        allowed = tuple(docs.url.lower() for docs in skill.sidecar.docs)
        for text in skill.texts.values():
            seen: set[int] = set()
            for number, near in text.near(*phrase.hints):
                found = None if number in seen else _meant(phrase, near)
                if found is None or any(url in found[0] for url in allowed):
                    continue
                seen.add(number)
                harmless = phrase.id == "I004" and _OFFICIAL.search(found[0])
                severity: Severity = "info" if harmless else "error"
                yield Spot(f"{shown(found[0].strip())}", number, text.name, severity)

    return check


def _meant(phrase: Phrase, near: str) -> re.Match[str] | None:
    """Return the first place of *phrase* in *near* whose sentence does not forbid it."""
    for found in phrase.pattern.finditer(near):
        if not phrase.forbidding or not _FORBIDDEN.search(near[: found.start()]):
            return found
    return None


PHRASES = (
    Phrase(
        "I003", "nothing tells an agent to drop its instructions",
        "that is how a text takes an agent over",
        "remove it; if the skill is about such texts, allow it with a reason",
        ("previous", "prior", "above", "earlier", "system prompt", "you are now", "the user",
         "your instructions"),
        re.compile(
            r"\b(?:ignore|disregard|forget|override)\b(?: \w+){0,2} (?:previous|prior|above|earlier"
            r"|your|system)(?: \w+)? (?:instructions?|prompts?|rules|messages|context|guidelines)"
            r"|\bignore (?:everything|all) (?:above|before)|\byou are now (?:a|an|in|the)\b"
            r"|\b(?:new|updated|override the) system prompt\b"
            r"|\b(?:do not|don't|never) (?:tell|inform|show|mention (?:this |it )?to"
            r"|reveal (?:this |it )?to) the user\b|\bwithout the user (?:knowing|noticing)"
            r"|\bhide (?:this|it) from the user"
        ),
        forbidding=False,
    ),
    Phrase(
        "I004", "nothing that is downloaded goes straight to a shell",
        "whoever holds the address then runs commands on your machine",
        "download a fixed version, check its hash, then run it",
        ("curl", "wget", "invoke-webrequest", "iwr", "base64"),
        re.compile(
            rf"\b(?:curl|wget|iwr|invoke-webrequest)\b[^|\n]{{0,300}}\|\s{{0,3}}(?:{_SHELL})"
            rf"|\bbase64\s+(?:-d|--decode)\b[^|\n]{{0,200}}\|\s{{0,3}}(?:{_SHELL})"
            r"|(?:\b(?:ba|z)?sh -c|\beval|\bsource|\b(?:ba|z)?sh)\s+[\"']?[<$]\((?:curl|wget)\b"
        ),
    ),
    Phrase(
        "I005", "no guard is switched off",
        "the guard is there for the very case in which an agent is wrong",
        "let the step work with the guard, or stop and ask",
        ("--dangerously", "--no-verify", "danger-full-access", "--yolo", "push", "777",
         "bypasspermissions", "no_verify", "sslverify", "--allow-all-tools"),
        re.compile(
            r"--dangerously-[\w-]+|--no-verify\b|\bdanger-full-access\b|--yolo\b|--allow-all-tools\b"
            r"|\bpush\b[^\n|;&]{0,60}?\s(?:-f|--force)(?![\w-])|\bchmod\s+(?:-r\s+)?0?777\b"
            r"|\bbypasspermissions\b|\bgit_ssl_no_verify\b|\bsslverify[ =]+false"
        ),
    ),
    Phrase(
        "I006", "no store of credentials is touched",
        "what an agent has read can leave with its next request",
        "let the person set up the access outside of the session",
        (".ssh", "id_rsa", "id_ed25519", ".aws/credentials", ".netrc", ".git-credentials",
         "keychain", ".docker/config.json", "/etc/shadow", ".pypirc", ".kube/config", "auth token",
         ".codex/auth.json", ".credentials.json", "find-generic-password"),
        re.compile(
            r"(?:~|\$home|/root|/home/\w+)/\.(?:ssh|netrc|git-credentials|pypirc|kube/config"
            r"|docker/config\.json|codex/auth\.json)\b|\bid_(?:rsa|ed25519)\b(?!\.pub)"
            r"|\.aws/credentials\b|/etc/shadow\b|\bgh auth token\b|\blogin\.keychain"
            r"|\bfind-generic-password\b|\.claude/\.credentials\.json"
        ),
    ),
    Phrase(
        "I009", "nothing is done without asking where asking is due",
        "how far an agent may go alone is for the lane to say",
        "take it out, and set the autonomy of the lane",
        ("without", "approve", "don't ask", "do not ask", "never ask", "skip"),
        re.compile(
            r"\bwithout (?:asking|(?:user |any |further |explicit )?(?:confirmation|permission"
            r"|approval))\b|\bauto-?approv\w+|\b(?:don't|do not|never) ask (?:for |the user |me )"
            r"|\bskip (?:all |the |any )?(?:confirmations?|approvals?|permission)"
        ),
    ),
    Phrase(
        "I010", "no text from the network is followed",
        "whoever can change the page then gives the orders",
        "name what to look up there; documentation belongs into `docs:` of df.yaml",
        ("http://", "https://"),
        re.compile(
            r"https?://\S{1,200}+.{0,80}?\b(?:follow|obey|execute|carry out|do what)\b.{0,40}"
            r"\b(?:instructions?|steps?|commands?|says)\b"
            r"|\b(?:follow|obey|execute|carry out)\b.{0,30}\b(?:instructions?|steps?|commands?)\b"
            r".{0,20}\b(?:at|from|in|on)\b.{0,20}https?://\S{1,200}"
        ),
    ),
    Phrase(
        "I013", "no archive with a password is downloaded",
        "the password is there to hide the content from scanners",
        "name the package and its version in a registry instead",
        (".zip", ".rar", ".7z", ".exe", ".msi", ".dmg", ".scr"),
        re.compile(
            r"\.(?:zip|rar|7z|exe|msi|dmg|scr)\b.{0,120}\b(?:pass(?:word|code)?|pwd)\b"
            r"|\b(?:pass(?:word|code)|pwd)\b.{0,120}\.(?:zip|rar|7z|exe|msi|dmg|scr)\b"
        ),
    ),
)  # fmt: skip
