"""Keep secrets out of the log: an append-only file cannot be cleaned later."""

import re
from collections.abc import Mapping
from typing import Any

_SECRET_NAME = re.compile(r"(?i)(key|token|secret|passw|credential|auth|cookie)")
_SHORTEST = 8


class Redactor:
    """Replaces the values of secret variables by their names."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._pairs = [
            (value, f"[redacted {name}]")
            for name, value in sorted(secrets.items(), key=lambda pair: -len(pair[1]))
            if len(value) >= _SHORTEST
        ]
        self._byte_pairs = [(value.encode(), mark.encode()) for value, mark in self._pairs]

    def value(self, value: Any) -> Any:
        """Return *value* with every text in it cleaned; the same object when nothing is secret."""
        if not self._pairs:
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner) for inner in value]
        return value

    def line(self, line: bytes) -> bytes:
        """Return *line* with every secret cleaned."""
        for secret, mark in self._byte_pairs:
            if secret in line:
                line = line.replace(secret, mark)
        return line

    def _text(self, text: str) -> str:
        for secret, mark in self._pairs:
            if secret in text:
                text = text.replace(secret, mark)
        return text


def is_secret_name(name: str) -> bool:
    """Tell whether a variable called *name* usually holds a credential."""
    return _SECRET_NAME.search(name) is not None
