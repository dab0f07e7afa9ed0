"""What an agent claims in its summary, sentence by sentence.

What is conditional, quoted or in a code block is left out, and negations and hedges count as what
they are: a claim that was never made must not be held against anyone.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from darkfactory.changes.wording import Kind, Statement, about_commands
from darkfactory.changes.wording_files import about_files, files_kept, only_changed, paths_in
from darkfactory.changes.wording_tests import (
    about_tests,
    tests_expected,
    tests_kept,
    tests_not_run,
)

_MOST_SENTENCES = 300
_MOST_STATEMENTS = 40
_LONGEST_SENTENCE = 500


def claims_in(summary: str) -> tuple[Statement, ...]:
    """Return the claims of *summary* that facts may prove or refute, in its order."""
    found: dict[tuple[Kind, str], Statement] = {}
    named = paths_in(summary)
    for sentence in _sentences(summary):
        for one in _statements(sentence):
            statement = replace(one, beside=named) if one.kind is Kind.ONLY_CHANGED else one
            found.setdefault((statement.kind, statement.subject), statement)
    for kind, subject in list(found):
        if kind is Kind.FILE_DELETED:  # made and removed again: no trace is left to look for
            found.pop((Kind.FILE_CHANGED, subject), None)
    return tuple(found.values())[:_MOST_STATEMENTS]


_FENCE = (
    re.compile(  # blanks within the line only: a flood of empty lines costs no more than itself
        r"^[^\S\n]*(?:```|~~~).*?(?:^[^\S\n]*(?:```|~~~)[^\S\n]*$|\Z)", re.MULTILINE | re.DOTALL
    )
)
_LIST_MARK = re.compile(r"^[\s>#*+•✅✓✔☑🎉-]*(?:\d{1,3}[.)]\s+)?(?:\[[xX]\]\s*)?")
_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|;\s+")  # noqa: RUF001 - full stops of other scripts
_EMPHASIS = re.compile(r"\*\*")  # not __: that is part of Python's names


def _sentences(summary: str) -> Iterator[str]:
    left = _MOST_SENTENCES
    for line in _FENCE.sub("\n", summary).split("\n"):
        if line.lstrip().startswith((">", "|", "- [ ]", "* [ ]")):
            continue
        for sentence in _END.split(_EMPHASIS.sub("", _LIST_MARK.sub("", line, count=1))):
            if sentence.strip() and len(sentence) <= _LONGEST_SENTENCE:
                yield sentence.strip()
                left -= 1
                if left == 0:
                    return


# A condition or an exception anywhere in the sentence takes the claim back.
_CONDITIONAL = re.compile(
    r"\b(?:if|once|unless|until|except|excluding|apart from|other than|besides|aside from|should"
    r"|would|assuming|provided|but|however|although|previously|earlier|upstream|already)\b|\?"
    r"|\b(?:außer|wenn|falls|sauf|excepto|salvo|exceto|tranne|кроме)\b|除|以外|如果",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:not|never|no longer|unable|cannot|fail\w*|broken|could|may|might|must|will|expect\w*"
    r"|likely|probably|presumably|believe|before|when"
    r"|nicht|keine?|pas|ne|no pasan|non|não|не)\b|n['\u2019]t\b|不|没|ない",
    re.IGNORECASE,
)
# An intention reaches over all that follows: "we need to run them and check that all tests pass".
_INTENDED = re.compile(
    r"\b(?:suppos\w*|ensur\w*|make sure|verify that|check that|whether|please|needs?|todo|want\w*"
    r"|plan\w*|hope\w*|try|tried|let['\u2019]s|let us|assum\w*|presum\w*|as if|mention\w*"
    r"|(?:help|allow)s? (?:us|me|you|to)|explains? (?:why|how)|reported as"
    r"|mak(?:e|ing) (?:\w+ ){1,3}pass|to (?:\w+ly )?(?:see|make|get|let|run|do))\b",
    re.IGNORECASE,
)
_PLEASED = re.compile(
    r"\b(?:it|that)(?:['\u2019]s| is) (?:great|good|nice|encouraging|promising) (?:to see )?that\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"[^\"]*\s[^\"]*\"|\u201c[^\u201d]*\u201d|(?<!\w)'[^'\n]*\s[^'\n]*'(?!\w)")
_ASIDE = re.compile(r",\s+(?:including|such as|especially)\b[^,]{0,80},")
_SAME = (  # it goes on about what it has named: "we ran the test, and it passed"
    r"(?!(?:and\s+)?(?:which|it|they|both)(?:\s+(?:all|both|also|now|have|has))*\s+(?:pass|ran|succe))"
)
_CLAUSE = re.compile(rf",\s+{_SAME}|\s+(?:and|while)\s+{_SAME}|\s+[\u2013\u2014-]\s+")
_NO_FAILURES = re.compile(
    r"\b(?:0|no|zero|without(?: any)?) (?:fail(?:ures?|ed|ing)|errors?|regressions?)\b"
    r"|\bhaven['\u2019]t introduced any\b",
    re.IGNORECASE,
)


def _statements(sentence: str) -> Iterator[Statement]:
    told = _QUOTED.sub("", sentence)
    for negative in (tests_kept, files_kept, tests_expected, tests_not_run):
        yield from negative(told, sentence)
    if not _CONDITIONAL.search(sentence):
        yield from _plain(told, sentence)
    yield from only_changed(told, sentence)


def _plain(told: str, sentence: str) -> Iterator[Statement]:
    """Yield what a sentence states without condition; a negated clause of it states nothing."""
    told = _NO_FAILURES.sub("cleanly", _PLEASED.sub("", _ASIDE.sub("", told)))
    intended = _INTENDED.search(told)
    for clause in _CLAUSE.split(told[: intended.start()] if intended else told):
        if not _HEDGED.search(clause):
            yield from about_tests(clause, sentence)
    if not intended and not _HEDGED.search(told):
        yield from about_files(sentence)
        yield from about_commands(sentence)
