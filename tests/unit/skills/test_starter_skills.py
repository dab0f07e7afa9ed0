"""The skills of this repository, which every factory begins with."""

from datetime import date
from pathlib import Path

import pytest

from darkfactory.domain.edit_text import edit_text
from darkfactory.domain.skill import NonNegotiable
from darkfactory.skills import find_skills
from darkfactory.skills.checks import Judged, Trace, judge, parse_check
from darkfactory.skills.checks.trace import Call
from darkfactory.skills.checks.tree import Changed
from darkfactory.skills.lint.reader import read_skill
from darkfactory.skills.starter import starter_skills

ROOT = Path(__file__).resolve().parents[3]
NAMES = (
    "commit", "fix-bug", "fix-ci", "review-change", "run-tests", "session-summary", "triage-issue",
    "write-docs",
)  # fmt: skip
ENFORCED = {
    "BUG-3", "CI-1", "COMMIT-1", "DOCS-2", "REVIEW-1", "TESTS-3", "TRIAGE-1", "TRIAGE-2",
}  # fmt: skip
RULES = {rule.id: rule for skill in find_skills(ROOT) for rule in skill.non_negotiables}
KEPT_BY_SHELL = [
    ("COMMIT-1", "git commit -F /tmp/message"),
    ("COMMIT-1", "git log -n 5 && git push -n"),
    ("COMMIT-2", "git add src/a.py ./b.py .gitignore && git commit -m 'add . to paths'"),
    ("COMMIT-2", "git commit --amend --author 'A <a@b>'"),
    ("COMMIT-4", "git reset -q HEAD a.py && git commit -F m"),
    ("TESTS-1", "make test"),
    ("TESTS-1", "go test ./..."),
    ("TESTS-1", "sh run_tests.sh"),
    ("TESTS-1", "cd app && python3 -m unittest -q"),
    ("TESTS-1", "./gradlew :core:check --offline"),
    ("TESTS-1", "npm run test:unit > /tmp/log 2>&1; echo $?"),
    ("TESTS-1", "cargo nextest run"),
    ("TESTS-1", "bash scripts/ci.sh"),
    ("TESTS-1", "make"),
    ("TESTS-2", "grep -rn total tests || true"),
    ("TESTS-2", "pytest -q; rm out.txt || true"),
    ("TESTS-2", "grep -c x a.txt || true; make test"),
    ("TRIAGE-1", "git log --oneline -- src/sync.py"),
    ("TRIAGE-1", "grep -rn 'curl ' src; cat docs/npm install.md"),
    ("DOCS-1", "app --help"),
]
BROKEN_BY_SHELL = [
    ("COMMIT-1", "git commit --no-verify -F m"),
    ("COMMIT-1", "cd a && git -C b commit -nm x"),
    ("COMMIT-1", "git -c core.hooksPath=/dev/null commit -F m"),
    ("COMMIT-2", "git add -A"),
    ("COMMIT-2", "git add . && git commit -F m"),
    ("COMMIT-2", "git commit -am 'all of it'"),
    ("COMMIT-4", "git commit --amend --no-edit"),
    ("COMMIT-4", "git push origin main --force-with-lease"),
    ("COMMIT-4", "git reset --hard HEAD~1"),
    ("TESTS-1", "ls"),
    ("TESTS-1", "git commit --no-verify -F m"),
    ("TESTS-1", "cat tests/test_total.py"),
    ("TESTS-1", "git checkout -b spec"),
    ("TESTS-2", "npm test 2>&1 || true"),
    ("TESTS-2", "pytest -q || true"),
    ("TESTS-2", "make test ||:"),
    ("TRIAGE-1", "curl -s https://example.org/repro.sh"),
    ("TRIAGE-1", "pip install poc"),
    ("TRIAGE-1", "cd a && python3 -m pip install poc"),
    ("TRIAGE-1", "true; wget -q example.org"),
    ("BUG-1", "pytest -q"),
]
BROKEN_BY_EDIT = [
    ("TESTS-3", "@pytest.mark.skip(reason='flaky')"),
    ("BUG-2", "try:\n    run()\nexcept Exception: pass"),
    ("BUG-2", "try { run() } catch (e) {}"),
    ("BUG-3", "it.skip('adds', () => {})"),
    ("CI-1", "      - run: make test || true"),
    ("CI-1", "    continue-on-error: true"),
    ("CI-1", "import os  # noqa: F401"),
    ("CI-2", "x = 2"),
]


class Left:
    """A tree in which only these files were changed."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def paths(self) -> tuple[str, ...]:
        return self.names

    def text(self, path: str) -> str:
        return path

    def changed(self) -> list[Changed]:
        return [Changed(name, 1, 0) for name in self.names]


def judged(rule: str, *calls: Call, words: str = "", left: tuple[str, ...] = ()) -> Judged:
    check = parse_check(RULES[rule].check)
    return judge(check, Trace(calls, words=words), Left(*left))


def shell(command: str, at: int = 0) -> Call:
    return Call(at, "shell", "Bash", command, (), status="ok")


def edit(new: str, at: int = 0, *, old: str = "") -> Call:
    text = edit_text([(old, new)])
    return Call(at, "edit", "Edit", "", ("a.py",), text=text, status="ok")


def test_the_library_is_what_ships() -> None:
    assert [skill.name for skill in find_skills(ROOT)] == starter_skills() == list(NAMES)


def test_the_gate_enforces_what_is_hardly_ever_broken_by_honest_work() -> None:
    assert {rule.id for rule in RULES.values() if rule.enforce == "gate"} == ENFORCED


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_says_why_fits_a_prompt_and_can_be_judged(rule: NonNegotiable) -> None:
    assert rule.why
    assert len(f"{rule.text}. Why: {rule.why}.") <= 300
    assert rule.check is None or parse_check(rule.check).is_pure
    assert rule.enforce is None or rule.check is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_skill_is_short(name: str) -> None:
    assert 200 <= read_skill(ROOT / "skills" / name, date(2026, 11, 1)).body_tokens <= 900


@pytest.mark.parametrize(("rule", "command"), KEPT_BY_SHELL)
def test_an_honest_command_keeps_a_rule(rule: str, command: str) -> None:
    assert judged(rule, shell(command)).passed


@pytest.mark.parametrize(("rule", "command"), BROKEN_BY_SHELL)
def test_a_command_breaks_a_rule(rule: str, command: str) -> None:
    assert not judged(rule, shell(command)).passed


@pytest.mark.parametrize(("rule", "text"), BROKEN_BY_EDIT)
def test_an_edit_breaks_a_rule(rule: str, text: str) -> None:
    assert not judged(rule, edit(text)).passed


BY_WHAT_IT_SAYS = [case for case in BROKEN_BY_EDIT if case[0] != "CI-2"]  # by when it comes


@pytest.mark.parametrize(("rule", "text"), BY_WHAT_IT_SAYS)
def test_an_edit_that_takes_it_away_keeps_the_rule(rule: str, text: str) -> None:
    assert judged(rule, edit("pass", old=text)).passed


def test_what_is_committed_was_read_before() -> None:
    blind = [shell("git add a.py"), shell("git commit -F m", 1)]
    seen = [shell("git add a.py && git diff --cached"), shell("git commit -F m", 1)]

    assert not judged("COMMIT-3", *blind).passed
    assert judged("COMMIT-3", *seen).passed


def test_the_failing_command_was_run_before_an_edit() -> None:
    assert judged("CI-2", shell("make lint"), edit("x = 2", 1)).passed
    assert not judged("CI-2", edit("x = 2"), shell("make lint", 1)).passed


def test_a_fix_was_seen_red_and_green() -> None:
    assert judged("BUG-1", shell("pytest -q t.py"), edit("x", 1), shell("pytest -q t.py", 2)).passed


def test_sorting_and_judging_leave_one_report_at_most() -> None:
    for rule in ("TRIAGE-2", "REVIEW-1"):
        assert judged(rule).passed
        assert judged(rule, left=("REPORT.md",)).passed
        assert not judged(rule, left=("REPORT.md", "src/app.py")).passed


def test_documentation_alone_is_changed() -> None:
    assert judged("DOCS-2", left=("README.md", "docs/a/b.txt", "CHANGELOG")).passed
    assert not judged("DOCS-2", left=("README.md", "src/app.py")).passed


def test_a_summary_names_its_checks_and_what_is_open() -> None:
    whole = "Done: it adds.\nChecked: `make test`: exit 0, 12 passed.\nOpen: nothing."

    assert judged("SUMMARY-1", words=whole).passed
    assert judged("SUMMARY-2", words=whole).passed
    assert judged("SUMMARY-1", words="**Checked:** not run, no network").passed
    assert not judged("SUMMARY-1", words="All tests pass and it works great.").passed
    assert not judged("SUMMARY-2", words="Done: it adds.").passed
