"""Short hashes: stable, of any text, the same as everybody else's SHA-256."""

import hashlib

import pytest

from darkfactory.domain.digest import short_hash


@pytest.mark.parametrize("text", ["", "abc", "ä☃😀", "lone \ud800 surrogate", "x" * 100_000])
def test_a_short_hash_is_the_head_of_sha_256(text: str) -> None:
    whole = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    assert short_hash(text) == whole[:16]
