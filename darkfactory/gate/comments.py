"""Comments on lines of a change, and what their agent answers to each by its number."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ANSWER = re.compile(
    r"[\s>*_#`-]*answer\s+(?:to\s+)?(?:comment\s+)?#?(?P<number>[0-9]{1,3})"
    r"[\s*_`]*[:.)\u2013\u2014-]+[\s*_`]*(?P<text>\S.*)",
    re.IGNORECASE,
)
_LONGEST = 500
_KIND = re.compile(r"(fixed|disagree|ask)\b", re.IGNORECASE)
HOW_TO_ANSWER = (
    "End your summary with one line for each numbered comment, so that its reader sees what became "
    "of it: `Answer 1: fixed` and what you did, `Answer 1: disagree` and why, or `Answer 1: ask` "
    "and what you have to know. Your change goes back to its reader once each has an answer."
)


@dataclass(frozen=True, slots=True)
class Comment:
    """What a person says of a line of a change; *removed*: of one that the change takes away.

    The path and the line are those of the side on which the line is.
    """

    path: str
    line: int
    text: str
    removed: bool = False


def asked(places: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return those *places* of a rework that have words of their own, numbered, not answered."""
    commented = [place for place in places if place.get("text")]
    return tuple(
        {**place, "number": number, "answer": None, "kind": None}
        for number, place in enumerate(commented, 1)
    )


def answered(comments: Sequence[Mapping[str, Any]], summary: str) -> tuple[dict[str, Any], ...]:
    """Return *comments* with the answers that *summary* gives; an earlier one stays otherwise.

    The *kind* of an answer is the word it begins with: fixed, disagree or ask; None for any other.
    """
    found = dict(_answers(summary))
    answers = ((one, found.get(int(one["number"]), one.get("answer"))) for one in comments)
    return tuple({**one, "answer": answer, "kind": _kind(answer)} for one, answer in answers)


def unanswered(comments: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the numbers of the *comments* that nothing was answered to."""
    return [f"#{comment['number']}" for comment in comments if not comment.get("answer")]


def _kind(answer: str | None) -> str | None:
    found = _KIND.match(answer or "")
    return found[1].lower() if found else None


def _answers(summary: str) -> Iterator[tuple[int, str]]:
    """Yield each answer with its number; it goes on to the next blank line, or the next answer."""
    number, said = 0, ""
    for line in (*summary.splitlines(), ""):
        found = _ANSWER.match(line)
        if number and (found or not line.strip()):
            yield number, said[:_LONGEST]
            number = 0
        if found:
            number, said = int(found["number"]), found["text"].strip()
        elif number:
            said += f" {line.strip()}"
