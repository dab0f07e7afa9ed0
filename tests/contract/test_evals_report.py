"""``df evals report``, ``gate`` and ``import`` on results of others, through the real command."""

import json
from pathlib import Path
from typing import Any

import pytest

from darkfactory.evals.result import CellResult
from darkfactory.evals.result_lines import result_line
from tests.fakes.factories import Factory
from tests.fakes.published_evals import baseten, supabase
from tests.fakes.studies import EVALS, make_study, suite_files, write_files


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    return make_study(tmp_path_factory.mktemp("study"), suite_files("hello"))


def written(folder: Path, cells: list[CellResult]) -> str:
    path = folder / "results.jsonl"
    path.write_text("".join(map(result_line, cells)))
    return str(path)


def found(body: dict[str, Any], a: str, b: str, metric: str) -> dict[str, Any]:
    return next(
        one
        for one in body["comparisons"]
        if (one["a"], one["b"], one["agent"], one["metric"]) == (a, b, None, metric)
    )


def test_published_results_give_their_published_figures(study: Factory, tmp_path: Path) -> None:
    body = study.json("evals", "report", written(tmp_path, supabase(first_attempt=False)))

    one = found(body, "baseline", "skill", "strict")
    assert (one["scenarios"], round(one["delta"], 4), round(one["p"], 3)) == (22, 0.0545, 0.109)
    assert one["verdict"] == "not enough data"
    assert found(body, "baseline", "skill", "completeness")["verdict"] == "no difference"


def test_the_exports_are_written_where_they_are_asked_for(study: Factory, tmp_path: Path) -> None:
    places = {name: tmp_path / "out" / name for name in ("html", "junit", "jsonl", "inspect")}
    options = [word for name, path in places.items() for word in (f"--{name}", str(path))]

    done = study.df("evals", "report", written(tmp_path, baseten()), *options)

    assert places["html"].read_text().startswith("<!doctype html>")
    assert places["junit"].read_text().startswith("<?xml")
    assert len(places["jsonl"].read_text().splitlines()) == 320
    assert len(list(places["inspect"].glob("*.json"))) == 5
    assert "VERDICT" in done.stdout


def cells(*after: float) -> list[CellResult]:
    return [
        CellResult(f"s{number}", condition, "x", 1, value, value == 1)
        for number, now in enumerate(after)
        for condition, value in (("skill@old", 1.0), ("skill", now))
    ]


@pytest.mark.parametrize(
    ("given", "status", "verdict"),
    [
        (cells(*[1.0] * 6), 0, "pass"),
        (cells(*[0.5] * 6), 1, "regression"),
        (cells(1.0), 2, "not enough data"),
        ([*cells(*[1.0] * 6), CellResult("t", "skill", "x", 1, outcome="error")], 3, "broken"),
    ],
)
def test_the_gate_answers_by_its_exit_status(
    study: Factory, tmp_path: Path, given: list[CellResult], status: int, verdict: str
) -> None:
    body = study.json("evals", "gate", written(tmp_path, given), expect=status)

    assert [one["verdict"] for one in body["gates"]] == [verdict]


def test_too_little_data_may_be_let_through(study: Factory, tmp_path: Path) -> None:
    study.df("evals", "gate", written(tmp_path, cells(1.0)), "--unsure", "0", expect=0)


def test_a_margin_that_is_no_number_lets_nothing_pass(study: Factory, tmp_path: Path) -> None:
    study.df("evals", "gate", written(tmp_path, cells(1.0)), "--margin", "nan", expect=2)


def test_a_skill_is_held_against_its_committed_self(tmp_path: Path) -> None:
    suite = {"agents": ["mock"], "repeats": 1, "conditions": ["skill"]}
    factory = make_study(tmp_path, suite_files(*"abcdef", suite=suite))

    body = factory.json("evals", "gate", "--against", "HEAD", "--yes", expect=0)

    (one,) = body["gates"]
    assert (one["from"], one["to"], one["comparison"]["scenarios"]) == ("skill@HEAD", "skill", 6)


def test_a_skill_that_the_revision_does_not_have_is_held_against_sessions_without_one(
    tmp_path: Path,
) -> None:
    suite = {"agents": ["mock"], "repeats": 1}
    factory = make_study(tmp_path, {"README.md": "x\n"})
    write_files(factory.root, suite_files(*"abcdef", suite=suite))

    body = factory.json("evals", "gate", "--against", "HEAD", "--yes", expect=0)
    unknown = factory.df("evals", "gate", "--against", "nowhere", "--yes", expect=2)

    (one,) = body["gates"]
    assert (one["from"], one["to"], one["comparison"]["delta"]) == ("baseline", "skill", 1.0)
    assert "cannot be taken from 'nowhere'" in unknown.stderr


def test_scenarios_of_agentskills_become_folders_that_want_a_check(tmp_path: Path) -> None:
    factory = make_study(tmp_path, suite_files("hello"))
    source = factory.root / "skills" / "greet" / "evals" / "evals.json"
    (source.parent / "files").mkdir()
    (source.parent / "files" / "in.csv").write_text("a,b\n")
    entry = {
        "id": "chart",
        "prompt": "Chart it.",
        "files": ["files/in.csv"],
        "assertions": ["Nice"],
    }
    source.write_text(json.dumps({"evals": [entry]}))

    factory.df("evals", "import", str(source), "--skill", "greet")

    folder = factory.root / EVALS / "chart"
    assert (folder / "workspace" / "in.csv").read_text() == "a,b\n"
    refused = factory.df("evals", "plan", expect=2)
    assert "chart/scenario.yaml line 3: checks needs a check that counts" in refused.stderr
    again = factory.df("evals", "import", str(source), "--skill", "greet", expect=2)
    assert "is there already" in again.stderr


def test_results_of_others_are_reported_like_our_own(study: Factory, tmp_path: Path) -> None:
    rows = [
        {"eval_id": number, "mode": mode, "model": "m", "pass_rate": share}
        for number in range(6)
        for mode, share in (("baseline", 0.5), ("skill", 1.0))
    ]
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))

    study.df("evals", "import", str(source), "--skill", "greet")

    body = study.json("evals", "report", "--skill", "greet")
    assert found(body, "baseline", "skill", "completeness")["verdict"] == "better"


def test_a_file_that_is_not_there_is_told(study: Factory) -> None:
    assert "cannot be read" in study.df("evals", "report", "no.jsonl", expect=2).stderr


def test_a_gate_over_nothing_says_what_to_run(study: Factory, tmp_path: Path) -> None:
    done = study.df("evals", "gate", written(tmp_path, []), expect=2)

    assert "there are no results yet" in done.stderr
