"""Tokens: what they grant, and what nobody can make of them."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from darkfactory.sessions.tokens import (
    ALL,
    BadFactoryToken,
    BadScope,
    Grant,
    Scope,
    factory_token,
    grant_of,
    mint,
    scopes_of,
)

FACTORY = "the-factory's-own"


def test_the_factorys_token_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "token"

    first, second = factory_token(file), factory_token(file)

    assert first == second
    assert len(first) >= 43
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert grant_of(first, first) == Grant(ALL, whole=True)


def test_a_token_grants_what_it_was_made_for_and_is_never_whole() -> None:
    token = mint(FACTORY, frozenset({Scope.APPEND}), session="s-1", producer="s-1/sub")

    assert grant_of(token, FACTORY) == Grant(frozenset({Scope.APPEND}), "s-1", "s-1/sub")


def test_a_token_ends_at_its_time_and_with_the_factorys() -> None:
    token = mint(FACTORY, ALL, until=100.0)

    assert grant_of(token, FACTORY, now=99.0) is not None
    assert grant_of(token, FACTORY, now=101.0) is None
    assert grant_of(token, "another", now=99.0) is None


@pytest.mark.parametrize("place", range(0, 120, 7))
def test_a_token_with_another_letter_is_none(place: int) -> None:
    token = mint(FACTORY, frozenset({Scope.READ}))
    place %= len(token)
    other = "A" if token[place] != "A" else "B"

    assert grant_of(token[:place] + other + token[place + 1 :], FACTORY) is None


@pytest.mark.parametrize(
    "token", ["", ".", "..", "dft1", "dft1..", "dft1.e30.", "ä", "\x00", "dft1.!.!"]
)
def test_what_is_no_token_grants_nothing(token: str) -> None:
    assert grant_of(token, FACTORY) is None


def test_scopes_are_read_from_a_list_and_wrong_words_are_named() -> None:
    assert scopes_of(["read", " append"]) == {Scope.READ, Scope.APPEND}
    assert scopes_of(["read", ""]) == {Scope.READ}
    for words in ([], [""], ["", " "], ["read", "write"], ["read,append"]):
        with pytest.raises(BadScope):
            scopes_of(words)


def test_an_empty_file_that_a_full_disk_has_left_becomes_a_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("")

    token = factory_token(file)

    assert len(token) >= 32
    assert factory_token(file) == token
    assert [each.name for each in tmp_path.iterdir()] == ["token"]


@pytest.mark.parametrize("text", ["abc\n", "x" * 31])
def test_what_anybody_could_guess_signs_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "token").write_text(text)

    with pytest.raises(BadFactoryToken, match="anybody could sign"):
        factory_token(tmp_path / "token")


def test_a_link_to_nowhere_is_no_token(tmp_path: Path) -> None:
    (tmp_path / "token").symlink_to(tmp_path / "nowhere")

    with pytest.raises(BadFactoryToken):
        factory_token(tmp_path / "token")


def test_nobody_else_reads_the_token_whatever_its_mode_was(tmp_path: Path) -> None:
    file = tmp_path / "token"
    token = factory_token(file)
    file.chmod(0o644)

    assert factory_token(file) == token
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_of_many_who_ask_at_once_all_get_one_token(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(factory_token, [tmp_path / "token"] * 32))

    assert len(found) == 1
