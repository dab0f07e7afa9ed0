"""Phrases that are dangerous wherever they stand, unless the sentence forbids what they say."""

import re
from collections.abc import Callable, Iterator
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
    r"|raw\.githubusercontent\.com/(?:nvm-sh|homebrew))(?![\w.:@-])"
)
_SOURCE = re.compile(r"(?:[\w+.-]+://)?[\w-]+(?:\.[\w-]+)+[^\s|]*")
_SHELL = (
    r"(?:(?:sudo|env)\s+(?:[\w=/.-]+\s+){0,4})?"
    r"(?:(?:/\S{0,30}/)?(?:ba|z|k|da|fi)?sh|python3?(?!\s+-m\s+json\.tool\b)|node|perl|ruby|iex)\b"
)
_FETCH = r"\b(?:https?:|download|curl|wget|fetch|get|extract|unpack|unzip)"
_PACKED = r"\.(?:zip|rar|7z|exe|msi|dmg|scr)\b"
_LOADER = r"(?:curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod)"


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
    harmless: Callable[[str], bool] = lambda _: False
    """What it is of which a person is merely told."""
    documented: bool = False
    """Whether it is fine of the documentation that df.yaml names."""


def phrase_check(phrase: Phrase) -> Check:
    """Return the check that finds *phrase* in every text of a skill, once a line."""

    def check(skill: ParsedSkill) -> Iterator[Spot]:
        docs = skill.sidecar.docs if phrase.documented else ()
        allowed = tuple(each.url.lower() for each in docs)
        for text in skill.told:
            lines: dict[int, str] = {}
            for start, near in text.around(*phrase.hints):
                for found in phrase.pattern.finditer(near):
                    line = text.line_at(start + found.start())
                    told = lines.get(line)
                    if (told is None or phrase.harmless(told)) and _is_meant(phrase, found):
                        lines[line] = found[0].strip()
            for line, said in lines.items():
                severity: Severity = "info" if phrase.harmless(said) else "error"
                if not any(url in said for url in allowed):
                    yield Spot(shown(said), skill.line(text, line), text.name, severity)

    return check


def _is_meant(phrase: Phrase, found: re.Match[str]) -> bool:
    """Tell whether the sentence in which *phrase* was *found* does not forbid it."""
    return not phrase.forbidding or not _FORBIDDEN.search(found.string[: found.start()])


def _is_official(said: str) -> bool:
    """Tell whether all that *said* downloads is an installer from its project's own address."""
    sources = [found[0] for found in _SOURCE.finditer(said)]
    return bool(sources) and all(map(_OFFICIAL.match, sources))


def _words(pattern: str) -> re.Pattern[str]:
    """Return *pattern* with any number of blanks wherever it has one."""
    return re.compile(pattern.replace(" ", " {1,9}"))


PHRASES = (
    Phrase(
        "I003", "nothing tells an agent to drop its instructions",
        "that is how a text takes an agent over",
        "remove it; if the skill is about such texts, allow it with a reason",
        ("ignore", "disregard", "forget", "override", "bypass", "system prompt", "are now",
         "the user"),
        _words(
            r"\b(?:ignore|disregard|forget|override|bypass)\b(?: \w+){0,2} (?:previous|prior|above"
            r"|earlier|your|system|safety)(?: \w+)?"
            r" (?:instructions?|prompts?|rules|messages|context|guidelines)"
            r"|\b(?:ignore|disregard|forget)(?: \w+){0,2} (?:instructions|prompts?|rules|messages) "
            r"(?:above|before|so far|(?:given |you )?(?:earlier|previously))"
            r"|\b(?:ignore|disregard|forget) (?:everything|all)(?: \w+)? (?:above|before)"
            r"|\byou are now (?:a|an|in|the|dan)\b"
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
        ("curl", "wget", "iex", "base64"),
        re.compile(
            rf"\b{_LOADER}\b[^|\n]{{0,300}}(?:\|\s{{0,3}}tee\b[^|\n]{{0,80}})?\|\s{{0,9}}{_SHELL}"
            rf"|\bbase64\s+(?:-d|--decode)\b[^|\n]{{0,200}}\|\s{{0,9}}{_SHELL}"
            r"|(?:\b(?:ba|z)?sh|\beval|\bsource|\b(?:python3?|node|perl|ruby|(?:ba|z)?sh)\s+-[ce])"
            rf"\s+[\"']?[<$]\({_LOADER}\b[^)\n]{{0,300}}"
            rf"|\biex\b\s{{0,3}}\(+\s?{_LOADER}\b[^)\n]{{0,300}}"
        ),
        harmless=_is_official,
    ),
    Phrase(
        "I005", "no guard is switched off",
        "the guard is there for the very case in which an agent is wrong",
        "let the step work with the guard, or stop and ask",
        ("--dangerously", "--no-verify", "danger-full-access", "--yolo", "push", "777",
         "bypasspermissions", "no_verify", "sslverify", "--allow-all-tools", "git commit",
         "hookspath", "husky", "strict-ssl", "--insecure"),
        re.compile(
            r"--dangerously-[\w-]+|--no-verify\b|\bdanger-full-access\b|--yolo\b|--allow-all-tools\b"
            r"|\bpush\b[^\n|;&]{0,60}?\s(?:(?:-f|--force)(?![\w-])|\+[\w/])"
            r"|\bchmod\s+(?:-r\s+)?0?777\b"
            r"|\bgit commit\b[^\n|;&\"']{0,60}?\s-[aeiqsv]{0,3}n[a-z]{0,2}\b"
            r"|\bbypasspermissions\b|\bgit_ssl_no_verify\b|\bsslverify[ =]+false"
            r"|\bcore\.hookspath[ =]+/dev/null|\bhusky=0|\bstrict-ssl[ =]+false|--insecure\b"
        ),
    ),
    Phrase(
        "I006", "no store of credentials is touched",
        "what an agent has read can leave with its next request",
        "let the person set up the access outside of the session",
        (".ssh", "id_rsa", "id_ed25519", "credential", ".netrc", "keychain", ".docker/", ".kube/",
         "/etc/shadow", ".pypirc", "auth token", ".codex/", "find-generic-password", ".npmrc",
         ".gnupg", ".config/g", "/environ", "print-access-token"),
        re.compile(
            r"(?:~|\$\{?home\}?|/root|/home/\w+|/users/\w+)/\.(?:ssh(?!/[\w.-]+\.pub)|netrc|npmrc"
            r"|git-credentials|pypirc|gnupg|kube/config|docker/config\.json|codex/auth\.json"
            r"|config/(?:gh|gcloud))\b|\bid_(?:rsa|ed25519)\b(?!\.pub)"
            r"|\.aws/credentials\b|/etc/shadow\b|\bgh auth token\b|\blogin\.keychain"
            r"|\bfind-generic-password\b|\.claude/\.credentials\.json|/proc/[\w*$]+/environ\b"
            r"|\bprint-access-token\b|\bgit credential fill\b"
        ),
    ),
    Phrase(
        "I009", "nothing is done without asking where asking is due",
        "how far an agent may go alone is for the lane to say",
        "take it out, and set the autonomy of the lane",
        ("without", "auto-approv", "autoapprov", "t ask ", "er ask ", "to ask ", "t wait for ",
         "er wait for ", "skip "),
        _words(
            r"\bwithout (?:asking|(?:waiting for |the )?(?:user |user's |any |further |explicit )?"
            r"(?:confirmation|permission|approval))\b|\bauto-?approv\w+"
            r"|\b(?:don't|do not|never|no need to) ask (?:for |the user|me )"
            r"|\b(?:don't|do not|never) wait for (?:\w+ )?(?:confirmation|permission|approval)"
            r"|\bskip (?:all |the |any )?(?:confirmations?|approvals?|permission)"
        ),
    ),
    Phrase(
        "I010", "no text from the network is followed",
        "whoever can change the page then gives the orders",
        "name what to look up there; documentation belongs into `docs:` of df.yaml",
        ("follow", "obey", "execute", "carry out", "do what"),
        _words(
            r"https?://\S{1,200}+.{0,80}?\b(?:obey\b|(?:follow|execute|carry out|do what)\b.{0,40}"
            r"\b(?:instructions?|steps?|commands?|says)\b)"
            r"|\b(?:follow|obey|execute|carry out)\b.{0,30}\b(?:instructions?|steps?|commands?)\b"
            r".{0,20}\b(?:at|from|in|on)\b.{0,20}https?://\S{1,200}"
        ),
        documented=True,
    ),
    Phrase(
        "I013", "no archive with a password is downloaded",
        "the password is there to hide the content from scanners",
        "name the package and its version in a registry instead",
        (".zip", ".rar", ".7z", ".exe", ".msi", ".dmg", ".scr"),
        re.compile(
            rf"{_FETCH}.{{0,200}}?{_PACKED}.{{0,120}}\b(?:pass(?:word|code)?|pwd)\b"
            rf"|\b(?:pass(?:word|code)|pwd)\b.{{0,120}}{_FETCH}.{{0,120}}?{_PACKED}"
        ),
    ),
)  # fmt: skip
