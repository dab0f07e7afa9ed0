"""``df evals run --judge``: a model's word on a cell, asked once, reported, and never counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.factories import Factory
from tests.fakes.studies import CHECKS, make_study, results, script, suite_files

MARKER = "Judge the work of an agent"
CHECKED = [*CHECKS, {"id": "kind", "weight": 0, "judge": {"rubric": "It sounds kind."}}]
SUITE = {"conditions": ["baseline", "skill"], "agents": ["mock"], "repeats": 1}
POLITE = json.dumps({"verdict": "yes", "quote": "+hello, please"})
RUDE = json.dumps({"verdict": "no", "quote": ""})


def judge_script(*sessions: dict[str, Any]) -> dict[str, Any]:
    """Return the script of a mock that works as ever, and judges as *sessions* say."""
    return {"sessions": [{"marker": MARKER, **one} for one in sessions] + script()["sessions"]}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """A suite that nobody has run; whoever judges finds that a greeting says please."""
    files = suite_files("hello", suite=SUITE, checks=CHECKED)
    played = judge_script({"turns": [{"say": POLITE}]})
    return make_study(tmp_path_factory.mktemp("judges"), files, played=played)


@pytest.fixture(scope="module")
def unjudged(study: Factory) -> str:
    """What is said of a run without a judge."""
    return study.df("evals", "run").stderr


@pytest.fixture(scope="module")
def judged(study: Factory, unjudged: str) -> dict[str, dict[str, Any]]:
    """The cells of the run after it, with a judge."""
    del unjudged
    study.df("evals", "run", "--judge", "other")
    return {row["condition"]: row for row in results(study) if row["judging"]}


def mark(row: dict[str, Any]) -> tuple[bool, bool, float]:
    (found,) = [one for one in row["checks"] if one["id"] == "kind"]
    return found["passed"], found["decided"], found["weight"]


def test_a_run_without_a_judge_says_what_it_leaves_out(unjudged: str) -> None:
    assert "1 check left out that a model judges: --judge AGENT asks one" in unjudged


def test_a_yes_counts_only_where_its_quote_stands_in_the_work(
    judged: dict[str, dict[str, Any]],
) -> None:
    assert mark(judged["skill"]) == (True, True, 0)
    assert mark(judged["baseline"]) == (False, False, 0)


def test_judging_takes_no_other_session_of_an_agent_and_changes_no_figure(
    study: Factory, judged: dict[str, dict[str, Any]]
) -> None:
    before = {row["condition"]: row for row in results(study) if not row["judging"]}

    for name, row in judged.items():
        same = ("session", "completeness", "strict", "tokens", "cost_usd")
        assert {key: row[key] for key in same} == {key: before[name][key] for key in same}


def test_two_votes_that_agree_are_enough_and_void_ones_are_asked_to_the_end(
    judged: dict[str, dict[str, Any]],
) -> None:
    votes = {name: row["judging"]["votes"] for name, row in judged.items()}

    assert votes == {"skill": 2, "baseline": 3}


def test_a_judge_sees_the_work_and_not_where_it_comes_from(
    study: Factory, judged: dict[str, dict[str, Any]]
) -> None:
    lab = study.state.root / "evals/lab/.darkfactory/sessions"
    prompts = [path.read_text() for path in lab.glob("s-judge-*/prompt.md")]

    assert len(prompts) == sum(row["judging"]["votes"] for row in judged.values())
    assert all("It sounds kind." in text for text in prompts)
    assert not any(word in text for text in prompts for word in ("greet/", "baseline", "NN-POLITE"))


def test_the_report_says_what_the_judge_said_apart_from_all_that_counts(
    study: Factory, judged: dict[str, dict[str, Any]]
) -> None:
    del judged
    told = study.df("evals", "report").stdout

    (row,) = study.json("evals", "report")["judges"]

    assert (row["agent"], row["votes"]) == ("other", 5)
    assert "Judged by other: counts for nothing (5 votes" in told


def test_a_rerun_asks_nobody_again(study: Factory, judged: dict[str, dict[str, Any]]) -> None:
    del judged

    again = study.df("evals", "run", "--judge", "other")

    assert "2 cells, 0 of them run now" in again.stderr


def test_a_cell_whose_judge_has_died_proves_nothing_until_it_has_answered(tmp_path: Path) -> None:
    dies = judge_script({"turns": [{"say": "Hm.", "fault": {"kind": "crash"}}]})
    own = make_study(tmp_path, suite_files("hello", suite=SUITE, checks=CHECKED), played=dies)

    died = own.df("evals", "run", "--judge", "mock", "--condition", "skill", expect=1)
    (own.root / "mock.yaml").write_text(json.dumps(judge_script({"turns": [{"say": RUDE}]})))
    own.df("evals", "run", "--judge", "mock", "--condition", "skill")

    assert "judge mock did not answer" in died.stderr
    (row,) = [row for row in results(own) if row["judging"] and row["judging"]["agent"] == "mock"]
    assert mark(row) == (False, True, 0)


@pytest.mark.parametrize(
    "failing", [{"fault": {"kind": "crash"}}, {"usage": {"input": 300_000}}], ids=["died", "budget"]
)
def test_a_judge_that_did_not_answer_is_asked_again_by_the_next_run(
    tmp_path: Path, failing: dict[str, Any]
) -> None:
    played = judge_script({"turns": [{"say": "Hm.", **failing}]})
    own = make_study(tmp_path, suite_files("hello", suite=SUITE, checks=CHECKED), played=played)
    wish = ("evals", "run", "--judge", "mock", "--condition", "skill")

    own.df(*wish, expect=1)
    own.df(*wish, expect=1)

    lab = own.state.root / "evals/lab/.darkfactory/sessions"
    assert sorted(path.name[-2:] for path in lab.glob("s-judge-*")) == ["-1", "-2"]


def test_a_judge_that_is_no_agent_is_refused(study: Factory) -> None:
    refused = study.df("evals", "run", "--judge", "nobody", expect=2)

    assert "nobody" in refused.stderr
