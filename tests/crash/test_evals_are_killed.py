"""Kill -9 of ``df evals run``: no finished cell is lost, none is done twice, none is left out."""

import json
from pathlib import Path

import pytest

from tests.fakes.studies import make_study, results, script, suite_files

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SUITE = {"conditions": ["baseline", "skill"], "agents": ["mock", "other"], "repeats": 2}


@pytest.mark.parametrize("finished", [0, 1, 5])
def test_kill_9_loses_no_finished_cell_and_the_next_run_does_the_rest(
    tmp_path: Path, finished: int
) -> None:
    factory = make_study(
        tmp_path, suite_files("hello", "hallo", suite=SUITE), played=script(sleep=0.2)
    )
    evals = factory.state.root / "evals"
    run = factory.start("evals", "run", "--yes", "--at-once", "3")
    factory.wait(lambda: any(evals.glob("lab/.darkfactory/sessions/*/host.json")))
    factory.wait(lambda: len(results(factory)) >= finished)

    run.kill()
    run.wait()
    before = results(factory)
    factory.df("evals", "run", "--yes")

    after = results(factory)
    places = [(row["scenario"], row["condition"], row["agent"], row["repeat"]) for row in after]
    assert after[: len(before)] == before
    assert len(places) == len(set(places)) == 2 * 2 * 2 * 2
    assert {row["outcome"] for row in after} == {"graded"}
    sessions = [row["session"] for row in after]
    assert len(list(evals.glob("lab/.darkfactory/sessions/*"))) == len(set(sessions)) == 16


def test_a_line_that_was_cut_off_is_no_result_and_is_written_again(tmp_path: Path) -> None:
    suite = {"conditions": ["baseline"], "agents": ["mock"], "repeats": 2}
    factory = make_study(tmp_path, suite_files("hello", suite=suite))
    factory.df("evals", "run")
    (file,) = (factory.state.root / "evals").glob("*/results.jsonl")
    whole = file.read_text()
    file.write_text(whole[:-40])

    factory.df("evals", "run")

    assert sorted(file.read_text().splitlines()) == sorted(whole.splitlines())
    assert all(json.loads(line) for line in file.read_text().splitlines())
