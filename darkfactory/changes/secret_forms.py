"""What credentials look like, and what only looks like one."""

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from darkfactory.changes.paths import is_test

_SHOWN = 4
_MIN_ENTROPY = 3.0
_MIN_LETTERS = 4

# Placeholders, and runs that a keyboard makes and a generator does not.
PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|mock|test|placeholder|redacted|your|change_?me|replace|insert|todo"
    r"|xxxx|0000|1234|abcd|qwer|\.\.\.|\*\*\*|<|\{|\$|%\(|%s",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"(?:.*/)?(?:docs?|examples?|samples?|fixtures?)/.*|(?:.*/)?examples?[\w.-]*\.json|.*\.(?:md|rst|adoc|txt|html?|ipynb|svg|po)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of credential: *pattern* names its value, *accepts* sorts out what is none.

    Each text that *pattern* matches holds one of *marks*, which are found much faster.
    """

    kind: str
    marks: tuple[str, ...]
    pattern: re.Pattern[str]
    accepts: Callable[[re.Match[str], str], bool]
    shown: int


def entropy(text: str) -> float:
    """Return the bits that one character of *text* carries, judged by *text* alone."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def is_document(path: str) -> bool:
    """Tell whether *path* explains or shows rather than configures or runs."""
    return bool(_DOCUMENT.fullmatch(path))


def _is_random(match: re.Match[str], _path: str) -> bool:
    value = match["value"]
    return not PLACEHOLDER.search(value) and entropy(value) > _MIN_ENTROPY


def _is_jwt(match: re.Match[str], path: str) -> bool:
    """Tell whether three dotted parts are a signed token, and not one from a text book."""
    head, body = (_decoded(part) for part in match["value"].split(".")[:2])
    return (
        str(head.get("alg", "none")).lower() != "none"
        and not is_test(path)
        and not re.search(r"1234567890|John Doe|example|test", str(body))
    )


def _decoded(part: str) -> dict[str, object]:
    try:
        body = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


_WEAK = re.compile(
    r"admin|guest|pass|passwd|password|postgres|pwd|pw|root|secret|token|user|username",
    re.IGNORECASE,
)
_PUBLIC_HOST = re.compile(
    r"(?!10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_NO_HOST = re.compile(
    r"(?:localhost|127\.[\d.]+|0\.0\.0\.0|host|hostname|server|db|database|mysql|postgres|redis"
    r"|rabbitmq|mongo\w*|proxy|proxyhost|foo|bar|domain|ip)$"
    r"|.*\b(?:example|invalid|test|local|localhost|internal|domain|yourhost)(?:\.\w+)?$",
    re.IGNORECASE,
)


def _is_password(match: re.Match[str], path: str) -> bool:
    password, user, host = match["value"], match["user"], match["host"]
    return not (
        is_test(path)
        or is_document(path)
        or _WEAK.fullmatch(password)
        or password == user
        or PLACEHOLDER.search(password)
        or _NO_HOST.match(host)
        or len(set(password)) < _MIN_LETTERS
        or not (_PUBLIC_HOST.fullmatch(host) or _is_mixed(password))
    )


def _is_mixed(password: str) -> bool:
    return (
        len(password) >= 2 * _MIN_LETTERS
        and any(letter.isdigit() for letter in password)
        and any(letter.isalpha() for letter in password)
    )


def _form(
    kind: str,
    marks: str,
    pattern: str,
    accepts: Callable[[re.Match[str], str], bool] = _is_random,
    shown: int = _SHOWN,
) -> Form:
    if "(?P<value>" not in pattern:
        pattern = f"(?P<value>{pattern})"
    return Form(kind, tuple(marks.split()), re.compile(rf"(?<![\w-]){pattern}"), accepts, shown)


FORMS = (
    _form("AWS access key", "AKIA ASIA ABIA ACCA", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?!\w)"),
    _form(
        "AWS secret key",
        "aws AWS Aws",
        r"(?:aws|AWS|Aws)(?i:_?secret_?(?:access_?)?key)[\"']?\s*(?:=>|=|:)\s*[\"']?"
        r"(?P<value>[A-Za-z0-9/+]{40})(?![\w/+=])",
    ),
    _form(
        "GitHub token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"(?:gh[pousr]_[0-9A-Za-z_]{36,251}|github_pat_\w{22}_\w{59})(?!\w)",
    ),
    _form("GitLab token", "glpat- glptt- gldt- glrt-", r"gl(?:pat|ptt|dt|rt)-[\w-]{20,}", shown=6),
    _form(
        "Slack token",
        "xox xapp-",
        r"(?:xox[abeprs]-[0-9A-Za-z]{6,}-[0-9A-Za-z-]{10,}|xapp-\d-[\w-]{30,})",
    ),
    _form(
        "Slack webhook",
        "hooks.slack",
        r"https://hooks\.slack\.com/services/(?P<value>T\w{8,}/B\w{8,}/\w{20,})",
    ),
    _form("Stripe key", "sk_live_ rk_live_", r"(?:sk|rk)_live_[0-9A-Za-z]{16,}", shown=8),
    _form("Google API key", "AIza", r"AIza[\w-]{35}(?![\w-])"),
    _form("Google client secret", "GOCSPX-", r"GOCSPX-[\w-]{28}(?![\w-])"),
    _form("Anthropic key", "sk-ant-", r"sk-ant-[a-z]{3,5}\d\d-[\w-]{60,}", shown=7),
    _form(
        "OpenAI key",
        "sk-",
        r"(?:sk-(?:proj|svcacct|admin)-[\w-]{40,}|sk-\w{20,}T3BlbkFJ\w{20,})",
    ),
    _form("API key", "sk-", r"sk-(?:or-v1-)?[0-9A-Za-z]{32,}(?![\w-])"),
    _form(
        "npm token",
        ":_auth :_password",
        r":_(?:authToken|auth|password)=(?P<value>[^\s$]{12,200})",
    ),
    _form("npm token", "npm_", r"npm_[0-9A-Za-z]{36}(?!\w)"),
    _form("PyPI token", "pypi-", r"pypi-AgEIcHlwaS5vcmc[\w-]{50,}", shown=5),
    _form("Hugging Face token", "hf_", r"hf_[A-Za-z]{34}(?!\w)"),
    _form("SendGrid key", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}(?![\w-])"),
    _form("DigitalOcean token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}(?!\w)"),
    _form("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}(?!\w)"),
    _form("Azure storage key", "AccountKey", r"AccountKey=(?P<value>[A-Za-z0-9+/]{86}==)"),
    _form("signed token", "eyJ", r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}", _is_jwt),
    _form(
        "password in a URL",
        "://",
        r"[a-zA-Z][\w+.-]{1,20}://(?P<user>[^\s:/@'\"`<>]{0,80})"
        r":(?P<value>[^\s:/@'\"`<>]{3,100})@(?P<host>[\w.-]{1,200})",
        _is_password,
        shown=0,
    ),
)

_KEY_MARK = "PRIVATE KEY"
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY-----(?P<value>(?:[A-Za-z0-9+/=\s]|\\[nr])+)"
)
_ALL_MARKS = {_KEY_MARK, *(mark for form in FORMS for mark in form.marks)}
MARKS = tuple(
    sorted(
        mark for mark in _ALL_MARKS if not any(mark != one and one in mark for one in _ALL_MARKS)
    )
)
"""A text without one of them holds no credential of a known form."""

WORTH_A_LOOK = re.compile(
    "|".join(map(re.escape, MARKS))
    + r"|(?i:secret|token|passw|pwd|api_?-?key|credential|private_?key|access_?key|auth_?key)"
)


def has_mark(text: str) -> bool:
    """Tell whether *text* may hold a credential of a known form; faster than one pattern of all."""
    return any(map(text.__contains__, MARKS))


def without_secrets(text: str) -> str:
    """Return *text* with the kind of each credential of a known form in its place."""
    for form in FORMS:
        if any(mark in text for mark in form.marks):
            text = form.pattern.sub(partial(_named, form), text)
    if _KEY_MARK in text:
        text = _PRIVATE_KEY.sub(lambda match: _in_place(match, "private key"), text)
    return text


def _named(form: Form, match: re.Match[str]) -> str:
    return _in_place(match, form.kind) if form.accepts(match, "") else match[0]


def _in_place(match: re.Match[str], kind: str) -> str:
    start, end = (place - match.start() for place in match.span("value"))
    return f"{match[0][:start]}[redacted {kind}]{match[0][end:]}"
