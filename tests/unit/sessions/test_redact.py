"""Secrets stay out of the log, in whatever form they come."""

import json
from typing import Any

import pytest

from darkfactory.sessions.redact import Redactor, is_secret

SECRETS = {"API_KEY": "hunter2-hunter2", "LONG_KEY": "hunter2-hunter2-and-more", "PIN": "1234567"}


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("no secret", "no secret"),
        ("a hunter2-hunter2 b", "a [redacted API_KEY] b"),
        ("hunter2-hunter2-and-more", "[redacted LONG_KEY]"),
        (["hunter2-hunter2", 7, None], ["[redacted API_KEY]", 7, None]),
        (("hunter2-hunter2",), ["[redacted API_KEY]"]),
        (
            {"hunter2-hunter2": {"deep": ["x", {"y": "=hunter2-hunter2="}]}},
            {"[redacted API_KEY]": {"deep": ["x", {"y": "=[redacted API_KEY]="}]}},
        ),
        ("1234567", "1234567"),
    ],
)
def test_secrets_are_replaced_by_their_names_at_any_depth(value: Any, cleaned: Any) -> None:
    assert Redactor(SECRETS).value(value) == cleaned


def test_lines_are_cleaned_too_the_longest_secret_first() -> None:
    line = b'{"a":"hunter2-hunter2-and-more","b":"hunter2-hunter2"} \xff'

    cleaned = Redactor(SECRETS).line(line)

    assert cleaned == b'{"a":"[redacted LONG_KEY]","b":"[redacted API_KEY]"} \xff'


@pytest.mark.parametrize("secret", ['quo"ted-secret', "back\\slash-secret", "schlüssel-schlüssel"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_secret_that_json_has_escaped_is_found(secret: str, ascii_only: bool) -> None:
    line = json.dumps({"text": f"<{secret}>"}, ensure_ascii=ascii_only).encode()

    cleaned = Redactor({"TOKEN": secret}).line(line)

    assert json.loads(cleaned) == {"text": "<[redacted TOKEN]>"}


def test_a_secret_of_crooked_bytes_is_survived() -> None:
    secret = b"crooked-\xff-secret".decode("utf-8", "surrogateescape")

    assert Redactor({"TOKEN": secret}).line(b"<crooked-\xff-secret>") == b"<[redacted TOKEN]>"


TOKEN = "gh" + "p_" + "Zq7Xw2Kd9Lm4Rt6Yb3Vn8Hs5Gj1Fc0Pa2Ueo"
KEY = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEowIBAAKCAQEA7Zq+Xw/2Kd\n9Lm4Rt6Yb3Vn8Hs5\n-----END"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (f"export GH={TOKEN};", "export GH=[redacted GitHub token];"),
        (
            f"cat id_rsa: {KEY}",
            "cat id_rsa: -----BEGIN RSA PRIVATE KEY-----[redacted private key]-----END",
        ),
        (
            "git clone https://ada:Xw2Kd9Lm@git.acme.io/x",
            "git clone https://ada:[redacted password in a URL]@git.acme.io/x",
        ),
        (
            "the token is in sk-learn, ask for the password",
            "the token is in sk-learn, ask for the password",
        ),
    ],
)
def test_a_credential_that_nobody_passed_on_is_known_by_its_form(text: str, cleaned: str) -> None:
    line = json.dumps({"said": text}).encode()

    assert Redactor({}).value({"said": [text]}) == {"said": [cleaned]}
    assert json.loads(Redactor({}).line(line)) == {"said": cleaned}


def test_bytes_that_are_no_text_are_survived_beside_a_credential() -> None:
    assert Redactor({}).line(b"\xff " + TOKEN.encode()) == b"\xff [redacted GitHub token]"


def test_what_holds_no_secret_stays_as_it_is() -> None:
    value = {"a": ["b", 1, None]}

    assert Redactor({"TOKEN": ""}).value(value) == value


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("ANTHROPIC_API_KEY", "", True),
        ("gh_token", "", True),
        ("GH_PAT", "", True),
        ("DB_PASSWORD", "", True),
        ("AUTH_HEADER", "", True),
        ("SENTRY_DSN", "", True),
        ("DATABASE_URL", "postgres://ada:pw@host/db", True),
        ("DATABASE_URL", "postgres://host/db", False),
        ("HTTPS_PROXY", "http://:pw@proxy:3128", True),
        ("PATH", "/usr/bin:/bin", False),
        ("GIT_AUTHOR_NAME", "Ada", False),
        ("LANG", "C.UTF-8", False),
        ("HOME", "/root", False),
    ],
)
def test_secrets_are_told_by_name_or_by_a_password_in_an_address(
    name: str, value: str, secret: bool
) -> None:
    assert is_secret(name, value) is secret
