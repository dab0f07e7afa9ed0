"""Laws of judging a change: any text is survived, a score stays in its bounds, more is not less."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.changes.cases import Sign
from darkfactory.changes.claims import judge_claims
from darkfactory.changes.commands import Command
from darkfactory.changes.green import green
from darkfactory.changes.known import Facts
from darkfactory.changes.places import Place
from darkfactory.changes.readable import FileText
from darkfactory.changes.risk import RiskFacts, risk
from darkfactory.changes.secrets import Finding, secrets_in
from darkfactory.changes.silenced import silenced
from darkfactory.changes.summary import summary_of
from darkfactory.changes.tampering import tampering
from darkfactory.changes.tests_read import read_tests
from darkfactory.changes.unified import changed_lines
from darkfactory.domain.change import FileDelta, HarnessResult, HarnessVerdict

PATHS = st.sampled_from(
    ["src/a.py", "tests/test_a.py", "uv.lock", "go.mod", "lanes.yaml", "app/migrations/1.py", "x"]
)
DELTAS = st.builds(
    FileDelta,
    path=PATHS,
    status=st.sampled_from("AMDRT"),
    added=st.none() | st.integers(0, 5000),
    removed=st.none() | st.integers(0, 5000),
    old_path=st.none() | PATHS,
    mode=st.sampled_from(["", "100644", "100755", "120000", "160000"]),
    old_mode=st.sampled_from(["", "100644", "100755", "120000", "160000"]),
)
NAMES = st.lists(st.text(max_size=10), max_size=5).map(tuple)
FINDINGS = st.lists(st.builds(Finding, PATHS, st.integers(1, 9), st.text(), st.text()), max_size=3)
PLACES = st.lists(st.builds(Place, PATHS, st.integers(0, 9), st.text()), max_size=3).map(tuple)
SIGNS = st.lists(st.builds(Sign, PATHS, st.integers(0, 9), st.text(), st.text()), max_size=3).map(
    tuple
)
RISK_FACTS = st.builds(
    RiskFacts,
    deltas=st.lists(DELTAS, max_size=15).map(tuple),
    protected=NAMES,
    outside=NAMES,
    secrets=FINDINGS.map(tuple),
    tampered=SIGNS,
    altered=SIGNS,
    bypasses=PLACES,
    invisible=PLACES,
    silenced=NAMES,
    large=NAMES,
    unread_bytes=st.integers(0, 1 << 40),
    is_cut=st.booleans(),
    links_out=NAMES,
    waffle=st.none() | st.floats(),
)
VERDICTS = st.sampled_from(list(HarnessVerdict))
RESULTS = st.builds(
    HarnessResult,
    tree=st.just("t"),
    result=VERDICTS,
    passed=st.none() | st.integers(0, 99),
    failed=st.none() | st.integers(0, 99),
    failing=st.lists(st.sampled_from("abc"), max_size=3).map(tuple),
    complete=st.booleans(),
)
WORDS = st.sampled_from(
    [
        "all tests pass",
        "added tests",
        "fixed",
        "updated the",
        "removed",
        "in",
        "to",
        "`src/a.py`",
        "README",
        "not",
        "if",
        "`ruff check` passes",
        "did not change",
        "unchanged",
        ",",
        ". ",
        "and 12",
        "\n- ",
        "\n```\n",
        ">",
    ]
)
SUMMARIES = st.text() | st.lists(WORDS, max_size=40).map(" ".join)
DIFF_LINES = st.sampled_from(
    [
        "--- a/x.py",
        "+++ b/x.py",
        '+++ "b/\\303"',
        "@@ -1,2 +1,3 @@ def f():",
        "@@ -0,0 +1 @@",
        "+password = '",
        "-old",
        " same",
        "\\ No newline",
        "+-----BEGIN PRIVATE " + "KEY-----",
        "+eyJhbGciOiJ.eyJhbGciOiJ." + "a" * 20,
        "+x://:@b:c@d",
    ]
)
DIFFS = st.text() | st.lists(DIFF_LINES | st.text(max_size=20), max_size=30).map("\n".join)


@given(RISK_FACTS)
def test_a_risk_score_is_between_0_and_1_and_each_reason_adds_to_it(facts: RiskFacts) -> None:
    found = risk(facts)

    assert 0 <= found.score <= 1
    assert bool(found.reasons) == (found.score > 0)
    assert all(reason.startswith(("+0.", "+1.")) for reason in found.reasons)


@given(facts=RISK_FACTS, more=RISK_FACTS, field=st.sampled_from(RiskFacts.__match_args__))
def test_one_more_fact_never_lowers_the_risk(facts: RiskFacts, more: RiskFacts, field: str) -> None:
    known, fresh = getattr(facts, field), getattr(more, field)
    if field == "waffle":
        scores = [score for score in (known, fresh) if score is not None and score == score]  # noqa: PLR0124
        added = max(scores, default=known)
    else:
        added = known + fresh

    assert risk(replace(facts, **{field: added})).score >= risk(facts).score


@given(DIFFS)
def test_any_text_can_be_read_as_a_diff(diff: str) -> None:
    assert all(line.number >= 0 for line in changed_lines(diff))
    assert all(finding.kind for finding in secrets_in(diff))
    silenced(changed_lines(diff))


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\n\r")), max_size=8))
def test_every_line_of_a_new_file_is_an_added_line(lines: list[str]) -> None:
    body = "".join(f"+{line}\n" for line in lines)
    diff = f"--- /dev/null\n+++ b/f\n@@ -0,0 +1,{len(lines)} @@\n{body}"

    found = list(changed_lines(diff))

    assert [(one.number, one.text) for one in found] == list(enumerate(lines, 1))


@given(summary=SUMMARIES, result=st.none() | RESULTS, deltas=st.lists(DELTAS, max_size=4))
def test_any_summary_can_be_judged(
    summary: str, result: HarnessResult | None, deltas: list[FileDelta]
) -> None:
    facts = Facts(result, tuple(deltas), (Command("ruff check", 1),), "")

    claims = judge_claims(summary_of(summary, None), facts)

    assert all(claim.fact and claim.text for claim in claims)


@given(SUMMARIES)
def test_without_facts_on_a_green_harness_nothing_about_tests_passing_is_false(text: str) -> None:
    green_run = HarnessResult("t", HarnessVerdict.PASS, exit_code=0)

    claims = judge_claims(text, Facts(green_run))

    assert not [one for one in claims if "harness" in one.fact and one.holds is False]


@given(before=st.none() | st.text(), after=st.none() | st.text(), path=PATHS)
def test_any_two_sides_of_a_test_file_can_be_compared(
    before: str | None, after: str | None, path: str
) -> None:
    tampering(read_tests([FileText(path, before, after)]), frozenset())

    assert tampering(read_tests([FileText(path, before, before)]), frozenset()) == ()


@given(merged=RESULTS, base=st.none() | RESULTS, proof=st.none() | RESULTS)
def test_green_follows_the_rule_and_gives_a_reason(
    merged: HarnessResult, base: HarnessResult | None, proof: HarnessResult | None
) -> None:
    told = green(merged, base, proof)

    assert told.why
    assert not (told.green and told.waits)
    assert not told.waits or (base is not None and not base.green)
    if merged.green:
        assert told.green
    elif told.green:
        assert base is not None
        assert base.result is HarnessVerdict.FAIL
        assert set(merged.failing) <= set(base.failing)
        assert told.unproved is (proof is None)
        assert proof is None or proof.green
