"""Keep secrets out of the log: an append-only file cannot be cleaned later."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from darkfactory.changes.secret_forms import MARKS, has_mark, without_secrets

_SECRET_NAME = re.compile(
    r"(?i)key|token|secret|passw|passphrase|credential|auth(?!or)|cookie|private|signature|webhook"
    r"|(^|_)(pat|dsn|pwd)(_|$)"
)
_SECRET_VALUE = re.compile(r"://[^/\s@]*:[^/\s@]+@")  # an address with a password in it
_SHORTEST = 8
_MARKS = tuple(mark.encode() for mark in MARKS)


class Redactor:
    """Replaces the values of secret variables by their names, and credentials by their kind."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._pairs = [
            (value, f"[redacted {name}]")
            for name, value in sorted(secrets.items(), key=lambda pair: -len(pair[1]))
            if len(value) >= _SHORTEST
        ]
        self._byte_pairs = [
            (form, mark.encode()) for value, mark in self._pairs for form in _forms(value)
        ]

    def value(self, value: Any) -> Any:
        """Return *value* with every text in it cleaned."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner) for inner in value]
        return value

    def line(self, line: bytes) -> bytes:
        """Return *line* with every secret cleaned, also where JSON has escaped it."""
        for secret, mark in self._byte_pairs:
            if secret in line:
                line = line.replace(secret, mark)
        if any(mark in line for mark in _MARKS):
            return os.fsencode(without_secrets(os.fsdecode(line)))
        return line

    def _text(self, text: str) -> str:
        for secret, mark in self._pairs:
            if secret in text:
                text = text.replace(secret, mark)
        return without_secrets(text) if has_mark(text) else text


def is_secret(name: str, value: str) -> bool:
    """Tell whether the variable *name* with *value* usually holds a credential."""
    return bool(_SECRET_NAME.search(name) or _SECRET_VALUE.search(value))


def _forms(secret: str) -> list[bytes]:
    """Return how *secret* may stand in a line: as it is, and as JSON writes it."""
    plain = os.fsencode(secret)
    escaped = [json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True)]
    return list(dict.fromkeys([plain, *(os.fsencode(form) for form in escaped)]))
