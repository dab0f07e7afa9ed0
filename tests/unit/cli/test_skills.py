import json
from pathlib import Path

import pytest

from darkfactory.cli.boundary import run

GOOD = "---\nname: {0}\ndescription: Use when {0} is asked for. Not for other work.\n---\n# {0}\n"


def shelve(root: Path, name: str, text: str | None = None) -> Path:
    folder = root / "skills" / name
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(GOOD.format(name) if text is None else text)
    return folder


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_library_is_listed_with_versions_and_broken_skills(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (shelve(root, "commit") / "df.yaml").write_text("version: 1.10\nlanes: [bugs]\n")
    shelve(root, "broken", "no head")
    monkeypatch.setenv("COLUMNS", "100")

    status = run(["skills", "list"])

    assert status == 0
    assert capsys.readouterr().out.splitlines() == [
        "SKILL   VERSION  STATUS   LANES  DESCRIPTION",
        "broken  0        unknown  -      1 error: see df skills lint;",
        "commit  1.10     unknown  bugs   Use when commit is asked for. Not for other work.",
        "",
        "broken is unknown: no eval on record tried it. Next: write skills/broken/evals/",
        "commit is unknown: no eval on record tried it. Next: write skills/commit/evals/",
    ]


def test_the_lanes_of_a_skill_are_those_that_give_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shelve(root, "commit") / "df.yaml").write_text("version: 1.10\nlanes: [bugs]\n")
    (root / "lanes.yaml").write_text(
        'version: 1\nharness: {command: "true"}\nagents: {mock: {kind: mock, script: m.yaml}}\n'
        "lanes: {docs: {agent: mock, skills: [commit]}, bugs: {agent: mock, default: true}}\n"
    )

    run(["skills", "list", "--json"])

    (skill,) = json.loads(capsys.readouterr().out)["skills"]
    assert skill["lanes"] == ["docs"]


def test_lint_exits_1_on_errors_and_names_reason_and_fix(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelve(root, "broken", "no head")

    status = run(["skills", "lint", "--json"])

    (skill,) = json.loads(capsys.readouterr().out)["skills"]
    assert status == 1
    assert (skill["name"], skill["path"]) == ("broken", str(root / "skills" / "broken"))
    assert skill["findings"][0] == {
        "rule": "S001",
        "severity": "error",
        "file": "SKILL.md",
        "line": 1,
        "message": "SKILL.md does not begin with front matter (a line ---)",
        "why": "without it an agent sees neither name nor description, and never loads the skill",
        "fix": "begin SKILL.md with a line ---, `name:` and `description:`, and a line ---",
    }


def test_lint_without_errors_exits_0_and_counts(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shelve(root, "commit")

    status = run(["skills", "lint", str(path / "SKILL.md"), "--profile", "loads"])

    assert status == 0
    assert capsys.readouterr().out == "1 skill: 0 errors, 0 warnings, 0 info\n"


@pytest.mark.parametrize("path", ["nowhere", "empty", "file"])
def test_a_path_without_a_skill_is_told(
    root: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "empty").mkdir()
    (root / "file").write_text("")

    status = run(["skills", "lint", path])

    assert status == 2
    assert "no skill to look at" in capsys.readouterr().err


def test_a_folder_of_libraries_is_searched_without_following_links(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelve(root / "one", "commit")
    shelve(root / "two" / ".claude", "run-tests")
    (root / "loop").symlink_to(root)

    run(["skills", "lint", ".", "--format", "json"])

    skills = json.loads(capsys.readouterr().out)["skills"]
    assert [skill["name"] for skill in skills] == ["commit", "run-tests"]


def test_a_rule_that_there_is_not_is_asked_wrongly(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelve(root, "commit")

    status = run(["skills", "lint", "--also", "R066"])

    said = capsys.readouterr().err
    assert status == 2
    assert "there is no rule 'R066'" in said
    assert "did you mean R006?" in said


def test_an_error_is_json_for_who_asked_for_json_by_format(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for asked in (["--format", "json"], ["--format=json"], ["--json"]):
        status = run(["skills", "lint", str(root / "nowhere"), *asked])

        assert status == 2
        assert json.loads(capsys.readouterr().err)["error"]["code"] == "skill.none"
