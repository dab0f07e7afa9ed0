"""Which files of its skills a session opens, told by its tool calls."""

from typing import Any

import pytest

from darkfactory.sessions.skill_files import SkillFiles

KNOWN = [{"name": "commit", "version": "1.2", "sha256": "f" * 64, "files": {"references/a.md": 3}}]


def seen(status: str = "ok", exit_code: int | None = 0, **call: Any) -> list[tuple[str, str]]:
    files = SkillFiles(KNOWN)
    begun = {"call": "1", "command": None, "paths": [], **call}
    ended = {"call": "1", "status": status, "exit_code": exit_code}
    found = [*files.take("tool.started", begun), *files.take("tool.finished", ended)]
    return [(type_, str(data.get("path", data.get("how")))) for type_, data in found]


def read(path: str) -> list[tuple[str, str]]:
    return seen(kind="read", paths=[path])


def shell(command: str, **more: Any) -> list[tuple[str, str]]:
    return seen(kind="shell", command=command, **more)


@pytest.mark.parametrize(
    "path",
    [
        ".agents/skills/commit/SKILL.md",
        ".claude/skills/commit/SKILL.md",
        "/state/sessions/s-1/home/skills-plugin/skills/commit/SKILL.md",
        ".agents/skills/commit/references/../SKILL.md",
    ],
)
def test_reading_its_body_loads_a_skill_wherever_it_lies(path: str) -> None:
    assert read(path) == [("skill.loaded", "file-read")]


@pytest.mark.parametrize(
    "path", [".agents/skills/commit/../../../src/a.py", ".agents/skills/commit/../other/SKILL.md"]
)
def test_a_way_out_of_its_folder_opens_nothing_of_a_skill(path: str) -> None:
    assert read(path) == shell(f"cat {path}") == []


def test_a_load_tells_which_version_it_was() -> None:
    files = SkillFiles(KNOWN)
    begun = {"call": "1", "kind": "read", "paths": [".agents/skills/commit/SKILL.md"]}

    tuple(files.take("tool.started", begun))
    ((_, data),) = files.take("tool.finished", {"call": "1", "status": "ok"})

    assert (data["version"], data["sha256"], data["call"]) == ("1.2", "f" * 64, "1")


LOADED = ("skill.loaded", "file-read")
A = ("skill.reference_read", "references/a.md")
SPACED = ("skill.reference_read", "references/a b.md")


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("cat .agents/skills/commit/SKILL.md", [LOADED]),
        ("cd x && sed -n '1,80p' ../.agents/skills/commit/SKILL.md | head", [LOADED]),
        ("cat '.agents/skills/commit/references/a b.md'", [SPACED]),
        ("cat .agents/skills/commit/references/a.md | grep 'x|y'", [A]),
        ("cd .agents/skills/commit && cat SKILL.md references/a.md", [LOADED, A]),
        ("cd .agents/skills; cd commit; bash scripts/a.sh", [("skill.script_run", "scripts/a.sh")]),
        ("cd .agents/skills/commit && cat ../../../SKILL.md", []),
        ("cat .agents/skills/*/SKILL.md", [LOADED]),
        ("head -n 50 .agents/skills/commit/references/*.md", [A]),
        ("cat .agents/skills/**/SKILL.md", [LOADED]),
        ("cat .agents/skills/*/*/a.md", [A]),
        ("cat .agents/skills/*/a.md", []),
        ("cat .agents/skills/other*/SKILL.md", []),
        ("ls .agents/skills/commit/SKILL.md", []),
        ("cat x > .agents/skills/commit/SKILL.md", []),
        ("cat x 12>>.agents/skills/commit/SKILL.md", []),
        ("cat .agents/skills/commit/SKILL.md 2>&1", [LOADED]),
        (".agents/skills/commit/scripts/go.sh --fast", [("skill.script_run", "scripts/go.sh")]),
        ("python3 -u .agents/skills/commit/scripts/a.py", [("skill.script_run", "scripts/a.py")]),
        ("cat .agents/skills/other/SKILL.md", []),
        ("cat docs/skills/commit.md", []),
        ("cat skills/commit/evals/suite.yaml skills/commit/df.yaml", []),
    ],
)
def test_a_command_is_read_for_what_it_opens(command: str, found: list[tuple[str, str]]) -> None:
    assert shell(command) == found


@pytest.mark.parametrize("part", ["**", "*?", "*m", "**/"])
def test_no_pattern_of_an_agent_takes_long(part: str) -> None:
    assert shell(f"cat skills/{part * 40}x/SKILL.md") == []


def test_no_name_and_no_number_of_an_agent_takes_long() -> None:
    assert seen(kind="read", paths=["skills/x/" * 40_000 + "\n\n"]) == []
    assert shell("cat " + "1" * 64_000) == []


def test_no_folder_of_an_agent_takes_long() -> None:
    assert shell(f"cd {'a/' * 16_000}; cat {'x ' * 16_000}") == []


def test_a_script_that_failed_has_run_and_a_file_that_was_not_read_was_not_loaded() -> None:
    path = ".agents/skills/commit"

    assert shell(f"bash {path}/scripts/a.sh", status="failed", exit_code=2) == [
        ("skill.script_run", "scripts/a.sh")
    ]
    assert shell(f"cat {path}/SKILL.md", status="denied") == []
    assert seen(kind="read", paths=[f"{path}/SKILL.md"], status="failed") == []


def test_a_session_without_skills_sees_none() -> None:
    files = SkillFiles([])

    assert not list(files.take("tool.started", {"call": "1"}))
    assert not list(files.take("tool.finished", {"call": "1", "status": "ok"}))
