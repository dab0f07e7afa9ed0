"""What a host is told and what it says last: files that come back as they were written."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.lane import Autonomy
from darkfactory.domain.session import Outcome
from darkfactory.sessions.spec import (
    SessionEnd,
    load_end,
    load_spec,
    save_end,
    save_spec,
    spec_view,
)
from tests.fakes.rehearsal import make_spec

END = SessionEnd(
    epoch=2, outcome=Outcome.BUDGET, reason="x", exit_code=0, signal=None, orphans_killed=3,
    head="a" * 40, preserved="refs/df/wreck/s-1", quarantine="/q", polite=True, native="n",
    summary="s\n\udc80", notes=("a", "b"), tokens=7, cost_usd=0.25,
)  # fmt: skip


def test_a_spec_comes_back_as_it_was(tmp_path: Path) -> None:
    spec = make_spec(
        tmp_path,
        argv=("a", "b c"),
        skills=({"name": "n", "version": "1", "sha256": "0"},),
        confinement={"files": "bubblewrap"},
        keep=(".venv",),
        prompt="lone \ud800 surrogate, NUL \0 and ☃",
        tokens=5,
        deadline_seconds=6.5,
    )

    save_spec(str(tmp_path), spec)

    assert load_spec(str(tmp_path)) == spec


def test_an_end_comes_back_as_it_was(tmp_path: Path) -> None:
    save_end(str(tmp_path), END)

    found = load_end(str(tmp_path))

    assert found == END
    assert found is not None
    assert isinstance(found.outcome, Outcome)


def test_exit_json_is_json_for_everybody(tmp_path: Path) -> None:
    save_end(str(tmp_path), END)

    body = json.loads((tmp_path / "exit.json").read_bytes().decode("utf-8"))

    assert (body["outcome"], body["summary"]) == ("budget", "s\n\udc80")


def test_where_nothing_was_written_there_is_nothing(tmp_path: Path) -> None:
    assert load_spec(str(tmp_path)) is None
    assert load_end(str(tmp_path)) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"'])
def test_a_file_that_is_no_object_counts_as_absent(tmp_path: Path, text: str) -> None:
    for name in ("spec.json", "exit.json"):
        (tmp_path / name).write_text(text)

    assert load_spec(str(tmp_path)) is None
    assert load_end(str(tmp_path)) is None


def test_what_another_release_has_added_is_passed_over(tmp_path: Path) -> None:
    spec = make_spec(tmp_path)
    save_spec(str(tmp_path), spec)
    save_end(str(tmp_path), END)
    for name in ("spec.json", "exit.json"):
        body = json.loads((tmp_path / name).read_text())
        (tmp_path / name).write_text(json.dumps({**body, "from_the_future": [1]}))

    assert load_spec(str(tmp_path)) == spec
    assert load_end(str(tmp_path)) == END


def test_adapters_see_plain_values(tmp_path: Path) -> None:
    view = spec_view(make_spec(tmp_path, argv=("a",), agent_args=("-c", "x=1")))

    assert view["agent_args"] == ["-c", "x=1"]
    assert type(view["autonomy"]) is str


@pytest.mark.parametrize("autonomy", Autonomy)
def test_only_an_observer_observes(tmp_path: Path, autonomy: Autonomy) -> None:
    spec = replace(make_spec(tmp_path), autonomy=autonomy)

    assert spec.observes is (autonomy is Autonomy.OBSERVE)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"outcome": "none such"}', '{"outcome": "proposed"}', "{"]
)
def test_an_end_that_is_not_ours_proves_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "exit.json").write_text(text)

    assert load_end(str(tmp_path)) is None
