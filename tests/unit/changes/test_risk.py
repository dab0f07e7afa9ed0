"""Risk is a sum of named parts."""

import pytest

from darkfactory.changes.cases import Sign
from darkfactory.changes.places import Place
from darkfactory.changes.risk import RiskFacts, risk
from darkfactory.changes.secrets import Finding
from darkfactory.domain.change import FileDelta


def modified(path: str, lines: int = 1) -> FileDelta:
    return FileDelta(path, "M", lines, 0)


def reasons(facts: RiskFacts) -> list[str]:
    return list(risk(facts).reasons)


def test_nothing_is_no_risk() -> None:
    assert risk(RiskFacts()) == risk(RiskFacts(deltas=(), waffle=0.1))
    assert risk(RiskFacts()).score == 0
    assert risk(RiskFacts()).reasons == ()


def test_a_small_change_is_a_small_risk() -> None:
    assert reasons(RiskFacts(deltas=(modified("src/a.py", 40),))) == [
        "+0.02 40 lines changed by hand"
    ]


def test_generated_lines_do_not_count_as_size() -> None:
    assert reasons(RiskFacts(deltas=(modified("uv.lock", 9000),))) == [
        "+0.05 changes a lock file: uv.lock"
    ]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            RiskFacts(protected=("lanes.yaml",)),
            "+0.35 touches what is protected or runs the checks: lanes.yaml",
        ),
        (
            RiskFacts(deltas=(modified("tox.ini"),)),
            "+0.25 touches what is protected or runs the checks: tox.ini",
        ),
        (RiskFacts(deltas=(modified("go.mod"),)), "+0.15 changes dependencies: go.mod"),
        (
            RiskFacts(deltas=(modified("app/migrations/1.py"),)),
            "+0.25 changes a database's shape: app/migrations/1.py",
        ),
        (
            RiskFacts(deltas=(FileDelta("tests/a.py", "D", 0, 1),)),
            "+0.20 deletes test files: tests/a.py",
        ),
        (RiskFacts(tampered=(Sign("a", 1, "x"),)), "+0.30 weakens tests: a:1 x"),
        (
            RiskFacts(altered=(Sign("a", 1, "x", "fine where y"),)),
            "+0.10 alters what tests ask for: a:1 x (fine where y)",
        ),
        (RiskFacts(silenced=("Makefile:3",)), "+0.30 silences checks: Makefile:3"),
        (
            RiskFacts(secrets=(Finding("a.py", 3, "npm token", "npm_… (40 characters)"),)),
            "+0.50 adds what looks like a credential: npm token in a.py:3",
        ),
        (RiskFacts(outside=("b", "c", "d", "e")), "+0.21 leaves its lane: b, c, d and 1 more"),
        (
            RiskFacts(deltas=(FileDelta("a.png", "A", None, None),)),
            "+0.05 changes binary files: a.png",
        ),
        (
            RiskFacts(deltas=(FileDelta("a", "A", 0, 0, mode="100755", old_mode=""),)),
            "+0.10 makes files executable: a",
        ),
        (
            RiskFacts(deltas=(FileDelta("a", "T", 0, 0, mode="120000"),)),
            "+0.05 changes the kind or mode of files: a",
        ),
        (
            RiskFacts(deltas=(FileDelta("a", "A", 0, 0, mode="160000", old_mode=""),)),
            "+0.30 changes submodules: a",
        ),
        (RiskFacts(large=("a (2.0 MiB)",)), "+0.10 adds large files: a (2.0 MiB)"),
        (
            RiskFacts(deltas=(FileDelta("calc.cpython-311-x86_64-linux-gnu.so", "A", None, None),)),
            "+0.25 brings compiled code: calc.cpython-311-x86_64-linux-gnu.so",
        ),
        (
            RiskFacts(is_cut=True),
            "+0.25 is longer than what is searched for credentials and the like",
        ),
        (RiskFacts(unread_bytes=1 << 19), "+0.10 0.50 MiB that no diff shows"),
        (RiskFacts(unread_bytes=1 << 20), "+0.20 1.00 MiB that no diff shows"),
        (RiskFacts(unread_bytes=60 << 20), "+0.50 60.00 MiB that no diff shows"),
        (RiskFacts(unread_bytes=9 << 30), "+0.60 9216.00 MiB that no diff shows"),
        (
            RiskFacts(bypasses=(Place("a.py", 3, "ends it"), Place("re.py", 0, "is there"))),
            "+0.40 may keep the checks from telling: a.py:3 ends it; re.py is there",
        ),
        (
            RiskFacts(invisible=(Place("a.py", 3, "has U+202E"),)),
            "+0.40 hides something from its reader: a.py:3 has U+202E",
        ),
        (RiskFacts(links_out=("a -> /etc",)), "+0.40 links out of the tree: a -> /etc"),
        (RiskFacts(waffle=0.8), "+0.24 the session's waffle score is 0.80"),
    ],
)
def test_each_fact_has_its_reason(facts: RiskFacts, reason: str) -> None:
    assert reason in reasons(facts)


def test_the_score_is_the_sum_of_its_reasons_heaviest_first() -> None:
    found = risk(
        RiskFacts(deltas=(modified("go.mod"),), tampered=(Sign("x", 1, "why"),), waffle=0.5)
    )

    assert found.reasons == (
        "+0.30 weakens tests: x:1 why",
        "+0.15 changes dependencies: go.mod",
        "+0.15 the session's waffle score is 0.50",
    )
    assert found.score == pytest.approx(0.6)


def test_the_score_never_passes_1() -> None:
    everything = RiskFacts(
        protected=("a",),
        tampered=(Sign("a", 1, ""),),
        silenced=("a",),
        links_out=("a",),
        waffle=9.0,
    )

    assert risk(everything).score == 1.0


def test_a_score_that_is_no_number_counts_nothing() -> None:
    assert risk(RiskFacts(waffle=float("nan"))).score == 0
