"""Words of items, brought to one form so that rewordings of the same work look the same."""

import re
from collections.abc import Iterator
from functools import lru_cache

from darkfactory.triage import vocabulary

_TOKEN = re.compile(r"[^\W_]+(?:(?:[._:]|/|'|\u2019|-|::|->)[^\W_]+)*(?:\+\+|#)?|--?[a-z][\w-]*")
_NOT = re.compile(
    r"\b(?:ca|do|does|did|is|are|was|were|wo|would|could|should)n['\u2019]?t\b|\bcannot\b"
)
_NOISE = frozenset(vocabulary.NOISE.split())
# Not doing what it should is failing: "cannot log in", "does not log in", "login fails".
_NEGATIVES = frozenset({"not", "never", "unable", "cant", "wont", "dont", "doesnt"})
_VOWEL = re.compile("[aeiouy]")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_MAX_TOKENS = 400
_MAX_LETTERS = 20_000
_PAIRS = vocabulary.PAIRS
_PAIR_STARTS = frozenset(first for first, _ in _PAIRS)
_SHORTEST_STEM = 3


def words(text: str) -> list[str]:
    """Return the telling words of *text* in order, each in its one form."""
    text = _NOT.sub(" not ", text[:_MAX_LETTERS].casefold())
    parts = [part for token in _TOKEN.findall(text)[:_MAX_TOKENS] for part in _parts(token)]
    return [form for word in _joined(parts) if (form := _form(word))]


def _joined(parts: list[str]) -> Iterator[str]:
    """Yield *parts*, two words that are one ("log in") as one."""
    rest = iter(parts[1:])
    for part in (iterator := iter(parts)):
        after = next(rest, "")
        whole = _PAIRS.get((part, after)) if part in _PAIR_STARTS else None
        if whole:
            next(iterator)
            next(rest, "")
        yield whole or part


@lru_cache(maxsize=65_536)
def _parts(token: str) -> tuple[str, ...]:
    """Split a token of prose; names of code (``os.path``, ``utf-8``) stay in one piece."""
    if _WIDE.search(token):
        return tuple(
            run[at : at + 2] for run in _WIDE.findall(token) for at in range(max(1, len(run) - 1))
        )
    if token.startswith("-"):
        return (token.lstrip("-"),)
    token = re.sub("['\u2019](s\\b)?", "", token)
    if any(sign in token for sign in "._:") or token.count("/") > 1:
        return (token,)
    pieces = re.split(r"[-/]", token)
    if any(piece.isdecimal() for piece in pieces):
        return ("".join(pieces),)
    return tuple(pieces)


@lru_cache(maxsize=65_536)
def _form(word: str) -> str:
    """Return the one form of *word*, or nothing for one that tells nothing."""
    if word in _NOISE:
        return ""
    if word in _NEGATIVES:
        return _FORMS["fail"]
    if word in _FORMS:
        return _FORMS[word]
    stem = _stem(word)
    return "" if stem in _NOISE else _FORMS.get(stem, stem)


def _stem(word: str) -> str:
    """Return *word* without the commonest English endings."""
    if not word.isascii() or not word.isalpha() or len(word) <= _SHORTEST_STEM:
        return word
    if word.endswith(("ies", "ied")) and len(word) > _SHORTEST_STEM + 1:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "zes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    word = _without_verb_ending(word)
    if word.endswith("e") and len(word) > _SHORTEST_STEM:
        word = word[:-1]
    if len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "aeioulsz":
        word = word[:-1]
    return word


def _without_verb_ending(word: str) -> str:
    for ending in ("ing", "ed", "ion"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= _SHORTEST_STEM and _VOWEL.search(base):
            return base
    return word


def _groups() -> Iterator[tuple[str, str]]:
    for line in vocabulary.SAME.strip().splitlines():
        name, _, others = line.partition(":")
        for word in (name.strip(), *others.split()):
            yield word, _stem(name.strip())
            yield word + "s", _stem(name.strip())
            # Not the stem of "setting": it is "set", another word.
            if not word.endswith("ing"):
                yield _stem(word), _stem(name.strip())


_FORMS = dict(_groups())
ROLES = frozenset(_stem(word) for word in vocabulary.ROLES.split())
COMMON = frozenset(_stem(word) for word in vocabulary.COMMON.split())
