"""Short hashes by which equal texts are told.

Session hosts stay small: ``hashlib`` would load OpenSSL into each of them, 3.5 MB for nothing.
"""

from contextlib import suppress
from importlib import import_module
from typing import Any

_DIGITS = 16


def short_hash(text: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of *text*."""
    digits: str = _SHA256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return digits[:_DIGITS]


def _sha256() -> Any:
    """Return the constructor that Python itself brings, under its names of 3.12 and of 3.11."""
    for name in ("_sha2", "_sha256"):
        with suppress(ImportError):
            return import_module(name).sha256
    return import_module("hashlib").sha256


_SHA256 = _sha256()
