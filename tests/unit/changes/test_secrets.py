"""Credentials in a diff. Every sample is put together at run time: none may stand in a file."""

import base64
import json
import random
import string

import pytest

from darkfactory.changes.secrets import secrets_in

RANDOM = random.Random(20261121)  # noqa: S311 - samples, not secrets
LETTERS = string.ascii_letters + string.digits


def some(length: int, alphabet: str = LETTERS) -> str:
    """Return random text that no placeholder word can be in."""
    picked = [letter for letter in alphabet if letter.lower() not in "aeioxy0q"]
    return "".join(RANDOM.choice(picked) for _ in range(length - 2)) + RANDOM.choice("hk") + "7"


def encoded(body: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")


def diff_of(*lines: str, path: str = "src/app.py", removed: bool = False) -> str:
    mark = "-" if removed else "+"
    old, new = (len(lines), 0) if removed else (0, len(lines))
    head = f"--- a/{path}\n+++ b/{path}\n@@ -1,{old} +1,{new} @@\n"
    return head + "".join(f"{mark}{line}\n" for line in lines)


def key_lines(kind: str = "RSA ") -> list[str]:
    body = [some(64, LETTERS + "+/") for _ in range(4)]
    return [f"-----BEGIN {kind}PRIVATE KEY-----", *body, f"-----END {kind}PRIVATE KEY-----"]


JWT = ".".join(
    (
        encoded({"alg": "HS256", "typ": "JWT"}),
        encoded({"sub": "u-77231", "scope": "admin"}),
        some(43),
    )
)
TOKENS = [
    (
        "AWS access key",
        "AK" + "IA" + some(16, "BCDFGHJKLMNPRSTVWZ234567").upper().replace("9", "7"),
    ),
    ("GitHub token", "gh" + "p_" + some(36)),
    ("GitHub token", "github" + "_pat_" + some(22) + "_" + some(59)),
    ("GitLab token", "gl" + "pat-" + some(20)),
    ("Slack token", "xo" + "xb-" + some(11, "123456789") + "-" + some(24)),
    ("Stripe key", "sk" + "_live_" + some(24)),
    ("Google API key", "AI" + "za" + some(35)),
    ("Anthropic key", "sk" + "-ant-api03-" + some(93)),
    ("OpenAI key", "sk" + "-proj-" + some(60)),
    ("API key", "sk" + "-" + some(48)),
    ("npm token", "np" + "m_" + some(36)),
    ("PyPI token", "py" + "pi-AgEIcHlwaS5vcmc" + some(70)),
    ("SendGrid key", "S" + "G." + some(22) + "." + some(43)),
    ("signed token", JWT),
]


@pytest.mark.parametrize(("kind", "token"), TOKENS, ids=[kind for kind, _ in TOKENS])
@pytest.mark.parametrize("line", ['KEY = "{}"', "curl -H 'Authorization: Bearer {}'", "{}"])
def test_tokens_with_a_form_of_their_own_are_found(kind: str, token: str, line: str) -> None:
    found = secrets_in(diff_of("import os", line.format(token)))

    assert [(finding.path, finding.line, finding.kind) for finding in found] == [
        ("src/app.py", 2, kind)
    ]


@pytest.mark.parametrize(("kind", "token"), TOKENS, ids=[kind for kind, _ in TOKENS])
def test_no_value_is_repeated(kind: str, token: str) -> None:
    found = secrets_in(diff_of(token))

    assert found
    assert all(token[9:] not in repr(finding) for finding in found), kind


def test_a_private_key_is_found_in_a_file_and_in_a_string() -> None:
    own_file = secrets_in(diff_of(*key_lines(), path="deploy/id"))
    in_string = secrets_in(diff_of('KEY = "' + "\\n".join(key_lines("OPENSSH ")) + '"'))

    assert [(finding.line, finding.kind) for finding in own_file] == [(1, "private key")]
    assert [finding.kind for finding in in_string] == ["private key"]


def test_a_program_that_only_looks_for_private_keys_is_not_one() -> None:
    begin = "-----BEGIN " + "PRIVATE KEY-----"

    assert secrets_in(diff_of(f'if text.startswith("{begin}"):', "    return load(text)")) == ()


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("src/app.py", 'API_KEY = "{}"'),
        ("src/app.js", "const clientSecret = '{}';"),
        ("src/app.go", 'password := "{}"'),
        ("config.json", '"db_password": "{}",'),
        (".env", "DATABASE_PASSWORD={}"),
        ("deploy/values.yaml", "  auth_token: {}"),
    ],
)
def test_random_text_assigned_to_the_name_of_a_credential_is_found(path: str, line: str) -> None:
    found = secrets_in(diff_of(line.format(some(24)), path=path))

    assert [finding.kind for finding in found] == ["assigned credential"]
    assert found[0].hint == "… (24 characters)"


def test_the_token_of_a_package_registry_is_found() -> None:
    found = secrets_in(diff_of(f"//packages.invalid/:_authToken={some(24)}", path=".npmrc"))

    assert [finding.kind for finding in found] == ["npm token"]


def test_a_password_in_a_url_is_found() -> None:
    found = secrets_in(diff_of(f'URL = "postgres://app:{some(12)}@db.acme.io:5432/app"'))

    assert [finding.kind for finding in found] == ["password in a URL"]


HARMLESS = [
    ("uv.lock", 'hash = "sha256:' + some(64, "bcdf123456789") + '"'),
    ("package-lock.json", '"integrity": "sha512-' + some(86) + '=="'),
    ("src/a.py", 'SESSION_TOKEN = "3f2b8c1e-9d4a-4f6b-8e21-7c5d9a0b1f34"'),
    ("src/a.py", 'API_KEY = "your-api-key-goes-here-123"'),
    ("src/a.py", 'API_KEY = os.environ["SERVICE_API_KEY_V2"]'),
    ("src/a.py", 'password = "${DATABASE_PASSWORD_2}"'),
    ("src/a.py", 'token_type = "urn:ietf:params:oauth:token-type:jwt2"'),
    ("src/a.py", 'secret_name = "prod/payments/key-v2-rotating"'),
    ("src/a.py", 'next_token = "' + some(40) + '"'),
    ("src/a.py", 'TOKEN_PATTERN = "' + some(40) + '"'),
    ("src/a.py", 'password = "correct-horse-battery-staple-2"'),
    ("src/a.py", 'password_hash = "' + some(60) + '"'),
    ("tests/test_a.py", 'api_key = "' + some(32) + '"'),
    ("tests/test_a.py", f'token = "{JWT}"'),
    ("docs/use.md", 'api_key = "' + some(32) + '"'),
    ("src/a.py", 'key = "AK' + 'IAIOSFODNN7EXAMPLE"'),
    ("src/a.py", 'key = "gh' + "p_" + "x" * 36 + '"'),
    ("src/a.py", 'key = "gh' + "p_" + "1234567890" * 4 + '"'),
    ("src/a.py", 'url = "redis://user:password@localhost:6379"'),
    ("src/a.py", 'url = "postgres://scott:tiger@192.168.0.9/db"'),
    ("src/a.py", 'url = "https://user:' + some(12) + '@api.example.com"'),
    ("src/a.py", 'url = f"https://{user}:{password}@{host}"'),
    ("src/a.py", "def sk_learn_" + "model(): ..."),
]


@pytest.mark.parametrize(("path", "line"), HARMLESS, ids=[line[:40] for _, line in HARMLESS])
def test_what_only_looks_like_a_credential_is_left_alone(path: str, line: str) -> None:
    assert secrets_in(diff_of(line, path=path)) == ()


def test_a_removed_credential_is_not_added() -> None:
    assert secrets_in(diff_of(TOKENS[1][1], removed=True)) == ()


def test_a_line_of_any_length_is_looked_at_up_to_a_limit() -> None:
    token = TOKENS[1][1]

    assert secrets_in(diff_of(" " * 10_000 + token))
    assert secrets_in(diff_of("a" * 3_000_000 + " " + token)) == ()
