"""Tests that say less after a change are named; those that only look different are not."""

import pytest

from darkfactory.changes.cases import Sign
from darkfactory.changes.gone import gone_names
from darkfactory.changes.readable import FileText
from darkfactory.changes.tampering import tampering
from darkfactory.changes.tests_read import read_tests
from tests.unit.changes.honest_cases import NEGATIVE, TOLD_FINE
from tests.unit.changes.tampering_cases import POSITIVE, Labelled


def signs_of(case: Labelled) -> tuple[Sign, ...]:
    sides = {case.path: (case.before, case.after), **case.beside}
    files = [FileText(path, *both) for path, both in sides.items()]
    tests = [file for file in files if "test" in file.path.lower()]
    code = [file for file in files if file not in tests]
    gone = gone_names([(file.before or "", file.after or "") for file in code])
    return tampering(read_tests(tests), gone)


def named(cases: list[Labelled]) -> list[object]:
    return [pytest.param(case, id=case.name) for case in cases]


@pytest.mark.parametrize("case", named(POSITIVE))
def test_what_makes_tests_say_less_is_named_with_file_line_and_words(case: Labelled) -> None:
    grave = [sign for sign in signs_of(case) if not sign.fine]

    assert grave
    assert all(sign.path == case.path and sign.line > 0 for sign in grave)
    assert any(case.says in sign.why for sign in grave), grave


@pytest.mark.parametrize("case", named(NEGATIVE))
def test_what_only_looks_different_is_not_named(case: Labelled) -> None:
    assert signs_of(case) == ()


@pytest.mark.parametrize("case", named(TOLD_FINE))
def test_what_is_often_honest_is_named_with_when_it_is_fine(case: Labelled) -> None:
    (sign,) = signs_of(case)

    assert case.says in sign.why
    assert sign.fine.startswith("fine where ")
