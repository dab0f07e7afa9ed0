"""What the lint of a project's own library looks at beside the skills."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from darkfactory.factory.lint_skills import lint_skills
from darkfactory.factory.skill_project import Beside, NoMirror, project_of
from darkfactory.skills.lint.engine import Choice
from darkfactory.skills.lint.reader import read_skill

LANES = """\
version: 1
harness: {command: "true"}
agents: {codex: {kind: codex, model: new}}
lanes: {bugs: {default: true, agent: codex, skills: [commit]}}
"""
SCENARIO = "id: a\ntitle: A\nchecks: [{id: c, file_exists: x}]\n"


class Answers(BaseHTTPRequestHandler):
    """``/gone`` is gone, ``/get`` answers to GET alone, all else is there."""

    def do_HEAD(self) -> None:
        codes = {"/gone": 404, "/get": 405}
        self.send_response(codes.get(self.path, 200))
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "skills" / "commit" / "evals" / "a").mkdir(parents=True)
    (tmp_path / "lanes.yaml").write_text(LANES)
    (tmp_path / "skills" / "commit" / "evals" / "a" / "scenario.yaml").write_text(SCENARIO)
    put(tmp_path, "Do it.")
    return tmp_path


def put(root: Path, words: str) -> None:
    text = f"---\nname: commit\ndescription: Use it.\n---\n\n{words}\n"
    (root / "skills" / "commit" / "SKILL.md").write_text(text)


def rules(root: Path, beside: Beside | None = None) -> dict[str, str]:
    (linted,) = lint_skills([root / "skills"], Choice(), beside)
    return {found.rule: found.message for found in linted.findings}


def test_links_are_asked_for_only_on_request(root: Path, site: str) -> None:
    put(root, f"See {site}/here, {site}/gone and {site}/get.")

    asked = rules(root, Beside(net=True))

    assert asked["L006"] == f"{site}/gone does not answer: status 404"
    assert "L006" not in rules(root)


def test_a_host_that_is_not_there_is_a_finding_and_no_crash(root: Path) -> None:
    put(root, "See http://127.0.0.1:9/x and http://[bad/y and https://no.invalid.")

    assert "L006" in rules(root, Beside(net=True))


def test_mirrors_are_folders_of_pages(root: Path, tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(120))
    put(root, words)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(words.replace(" ", "\n").upper())
    (tmp_path / "docs" / "passwords.md").symlink_to("/etc/passwd")

    assert "page.md" in rules(root, Beside(mirrors=(tmp_path / "docs",)))["L005"]
    with pytest.raises(NoMirror):
        rules(root, Beside(mirrors=(tmp_path / "nowhere",)))


def test_lanes_and_the_last_run_of_evals_are_those_of_the_project(root: Path) -> None:
    run = root / ".darkfactory" / "evals" / "commit-0001"
    run.mkdir(parents=True)
    cell = {"scenario": "a", "condition": "skill", "agent": "codex", "model": "old"}
    graded = {"completeness": 1.0, "strict": True, "skill": "commit"}
    (run / "results.jsonl").write_text(json.dumps({**cell, **graded}) + "\n")
    when = datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    os.utime(run / "results.jsonl", (when, when))
    shelf = root / "skills"

    project = project_of(shelf, [read_skill(shelf / "commit")], Beside())

    assert [lane.name for lane in project.lanes_with("commit")] == ["bugs"]
    assert project.models == {"codex": "new"}
    assert project.tried["commit"].on == date(2026, 1, 2)
    assert project.tried["commit"].models == {"codex": frozenset({"old"})}


def test_a_library_without_lanes_beside_it_is_judged_alone(root: Path) -> None:
    (root / "lanes.yaml").unlink()

    assert not {"Z005", "Z006", "T006"} & rules(root).keys()
