"""Scenarios of other tools: what is wrong with one is said of that one."""

import json
from pathlib import Path

import pytest

from darkfactory.factory.import_evals import ForeignFileMissing, NoSkillName, import_evals


def test_a_file_that_is_not_there_is_told_with_the_scenario_that_names_it(tmp_path: Path) -> None:
    entries = [{"name": "fine", "prompt": "Do."}, {"name": "charts", "prompt": "Draw.",
                "files": ["evals/files/sales.csv"]}]  # fmt: skip
    source = tmp_path / "csv" / "evals" / "evals.json"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps({"evals": entries}))

    with pytest.raises(ForeignFileMissing) as caught:
        import_evals(tmp_path, source, "csv")

    assert "scenario 'charts' names the file 'evals/files/sales.csv'" in caught.value.problem
    assert "take it out of its `files`" in caught.value.fix
    assert not (tmp_path / "skills").exists()


def test_half_a_character_in_a_prompt_is_no_reason_to_stop(tmp_path: Path) -> None:
    source = tmp_path / "evals.json"
    source.write_text('{"evals": [{"name": "odd", "prompt": "Do \\ud800."}]}')

    (folder,) = import_evals(tmp_path, source, "csv").scenarios

    assert (folder / "prompt.md").read_text() == "Do ?.\n"


@pytest.mark.parametrize("skill", ["../away", "/away", "a b", "", ".", "..", "retired", "-x"])
def test_nothing_is_written_beside_the_skills(tmp_path: Path, skill: str) -> None:
    source = tmp_path / "evals.json"
    source.write_text('{"evals": [{"name": "odd", "prompt": "Do."}]}')

    with pytest.raises(NoSkillName):
        import_evals(tmp_path / "repository", source, skill)

    assert [path.name for path in tmp_path.iterdir()] == ["evals.json"]
