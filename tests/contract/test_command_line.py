"""What scripts and shells lean on, proved on the installed program in processes of its own."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, make_factory

PROGRAMS = Path(sys.executable).parent
_NO_STATE = shutil.ignore_patterns(".darkfactory")
SYSTEM = '#!/bin/sh\necho "disk-free $*"\n'


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    items = [bug("1", title="Mend é"), bug("2")]
    return make_factory(tmp_path_factory.mktemp("line"), {"sessions": []}, items)


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A folder of programs whose ``df`` says what it was called with."""
    return _program(tmp_path / "system" / "df", SYSTEM).parent


def _program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def run(
    *arguments: str,
    cwd: Path,
    name: str = "darkfactory",
    path: Sequence[Path] = (),
    env: dict[str, str] | None = None,
    stdin: str = "",
) -> "subprocess.CompletedProcess[str]":
    """Run the installed program called *name*."""
    variables = {
        "PATH": os.pathsep.join([*map(str, (PROGRAMS, *path)), "/usr/bin", "/bin"]),
        "HOME": str(cwd),
        "LANG": "C.UTF-8",
        **(env or {}),
    }
    return subprocess.run(
        [PROGRAMS / name, *arguments],
        cwd=cwd,
        env=variables,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("arguments", [("-h",), ("-k", "."), ("/",), (), ("--output=size", "/")])
def test_what_disk_free_understands_is_handed_over(
    tmp_path: Path, system: Path, arguments: tuple[str, ...]
) -> None:
    done = run(*arguments, cwd=tmp_path, name="df", path=[system])

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"disk-free {' '.join(arguments)}\n"


@pytest.mark.parametrize("name", ["df", "darkfactory"])
def test_help_and_version_are_ours_by_either_name(tmp_path: Path, system: Path, name: str) -> None:
    helped = run("--help", cwd=tmp_path, name=name, path=[system])
    version = run("--version", cwd=tmp_path, name=name, path=[system])

    assert helped.stdout.startswith("Usage: darkfactory")
    assert version.stdout.startswith("darkfactory ")


def test_a_folder_named_like_a_command_is_the_command(tmp_path: Path, system: Path) -> None:
    (tmp_path / "status").mkdir()

    done = run("status", cwd=tmp_path, name="df", path=[system])

    assert (done.returncode, done.stdout) == (3, "")


def test_a_misspelt_command_is_not_handed_over_but_told_the_right_one(
    tmp_path: Path, system: Path
) -> None:
    done = run("gaet", cwd=tmp_path, name="df", path=[system])

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: there is no command 'gaet'\n  fix: did you mean `df gate`?\n"


def test_version_as_a_command_is_told_to_be_an_option(tmp_path: Path) -> None:
    done = run("version", cwd=tmp_path)

    assert done.stderr.endswith("fix: did you mean `df --version`?\n")


def test_called_darkfactory_nothing_is_handed_over(tmp_path: Path, system: Path) -> None:
    done = run("-k", ".", cwd=tmp_path, path=[system])

    assert (done.returncode, done.stdout) == (2, "")


def test_a_bare_df_on_a_terminal_is_ours(tmp_path: Path, system: Path) -> None:
    outside, inside = pty.openpty()
    with subprocess.Popen(
        [PROGRAMS / "df"],
        cwd=tmp_path,
        env={"PATH": str(system), "TERM": "xterm", "HOME": str(tmp_path)},
        stdin=inside,
        stdout=inside,
        stderr=inside,
    ):
        os.close(inside)
        said = os.read(outside, 4096)
    os.close(outside)

    assert said.startswith(b"Usage: darkfactory")


def test_only_ours_on_the_path_is_no_loop(tmp_path: Path) -> None:
    copies = [shutil.copy(PROGRAMS / "df", _folder(tmp_path / each) / "df") for each in "ab"]
    path = os.pathsep.join(str(Path(each).parent) for each in copies)

    done = run("-k", ".", cwd=tmp_path, name="df", env={"PATH": path})

    assert (done.returncode, done.stdout) == (2, "")
    assert "no command '-k'" in done.stderr


def test_a_shim_that_leads_back_to_us_is_passed_over(tmp_path: Path, system: Path) -> None:
    shim = _program(tmp_path / "shims" / "df", f'#!/bin/sh\nexec "{PROGRAMS / "df"}" "$@"\n')

    done = run("-k", cwd=tmp_path, name="df", path=[shim.parent, system])

    assert done.stdout == "disk-free -k\n"


def test_what_is_called_df_but_cannot_run_is_passed_over(tmp_path: Path, system: Path) -> None:
    broken = _program(tmp_path / "broken" / "df", "\x7fELF no program")

    done = run("-h", cwd=tmp_path, name="df", path=[broken.parent, system])

    assert done.stdout == "disk-free -h\n"


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("gaet",), 2, "usage.command"),
        (("gate", "aprove"), 2, "usage"),
        (("run", "--lanes", "none"), 2, "usage"),
        (("gate", "show", "none"), 2, "change.unknown"),
        (("gc", "--undo"), 1, "gc.nothing"),
    ],
)
def test_with_json_a_failure_is_one_object_on_standard_error(
    factory: Factory, arguments: tuple[str, ...], status: int, code: str
) -> None:
    done = run(*arguments, "--json", cwd=factory.root)

    assert (done.returncode, done.stdout) == (status, "")
    error = json.loads(done.stderr)["error"]
    assert error["code"] == code
    assert error["problem"]
    assert error["fix"]


def test_outside_of_a_repository_the_surroundings_are_not_ready(tmp_path: Path) -> None:
    done = run("status", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: ")
    assert "\n  fix: " in done.stderr


@pytest.mark.parametrize("command", ["status", "sessions"])
@pytest.mark.parametrize("odd", ["a symbolic link", "a file"])
def test_a_state_folder_that_came_with_the_repository_as_something_else_is_refused(
    factory: Factory, tmp_path: Path, command: str, odd: str
) -> None:
    root = shutil.copytree(factory.root, tmp_path / "repository", ignore=_NO_STATE)
    target = tmp_path / "elsewhere"
    target.mkdir()
    place = root / ".darkfactory"
    if odd == "a file":
        place.write_text("")
    else:
        place.symlink_to(target)

    done = run(command, cwd=root)

    assert (done.returncode, done.stdout) == (3, "")
    assert f".darkfactory is {odd}" in done.stderr
    assert list(target.iterdir()) == []


def test_a_folder_that_was_removed_below_us_is_no_repository(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"mkdir gone; cd gone; rmdir ../gone; exec '{PROGRAMS}/darkfactory' status"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 3
    assert "in no git repository" in done.stderr


@pytest.mark.parametrize("both", [False, True], ids=["stdout", "stdout and stderr"])
def test_a_reader_that_has_left_is_no_failure(factory: Factory, both: bool) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [PROGRAMS / "darkfactory", "triage"],
        cwd=factory.root,
        env=factory.environment,
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=writer if both else subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert done.returncode == 0
    assert b"Error" not in (done.stderr or b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_an_output_that_is_full_is_told_with_status_3(factory: Factory) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [PROGRAMS / "darkfactory", "triage", "--json"],
            cwd=factory.root,
            env=factory.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 3
    assert json.loads(done.stderr)["error"]["code"] == "disk.full"


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)]
)
def test_ctrl_c_ends_with_130_and_a_termination_by_its_signal(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"type": "message"}\n')
    command = [str(PROGRAMS / "darkfactory"), "waffle", "score", "--json", str(log), "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()  # the first log is done: it waits for the second one now
        process.send_signal(number)
        said = process.stderr.read()

    assert (process.returncode, said) == (status, b"")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_json_is_utf_8_in_every_locale(factory: Factory, locale: str) -> None:
    env = {"LANG": locale, "LC_ALL": locale, "PYTHONIOENCODING": "ascii"}

    done = run("triage", "--json", cwd=factory.root, env=env)

    assert "Mend é" in {item["title"] for item in json.loads(done.stdout)["items"]}


def test_half_a_surrogate_pair_from_an_agent_is_written_as_its_escape(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = {"call": "1", "kind": "shell", "command": "echo \ud800", "paths": []}
    ended = {"call": "1", "status": "failed", "output": "error: \ud800"}
    lines = [
        json.dumps({"type": kind, "data": data})
        for _ in range(6)
        for kind, data in (("tool.started", command), ("tool.finished", ended))
    ]
    log.write_text("\n".join(lines) + "\n")

    machine = run("waffle", "score", str(log), "--json", cwd=tmp_path)
    person = run("waffle", "score", str(log), cwd=tmp_path)

    assert (machine.returncode, person.returncode) == (0, 0)
    assert json.loads(machine.stdout)["signals"]


@pytest.mark.parametrize(
    ("shell", "registered"),
    [
        ("bash", "complete -o default -F _darkfactory_completion darkfactory"),
        ("zsh", "compdef _darkfactory_completion darkfactory"),
        ("fish", "complete --command darkfactory "),
    ],
)
def test_completion_is_registered_for_darkfactory_alone(
    tmp_path: Path, shell: str, registered: str
) -> None:
    done = run("--show-completion", shell, cwd=tmp_path, name="df")

    assert done.returncode == 0
    assert registered in done.stdout
    assert " df" not in done.stdout.replace("\n", " ")


@pytest.mark.parametrize(
    ("shell", "script"),
    [
        ("bash", ".bash_completions/darkfactory.sh"),
        ("zsh", ".zfunc/_darkfactory"),
        ("fish", ".config/fish/completions/darkfactory.fish"),
    ],
)
def test_completion_is_installed_where_the_shell_looks(
    tmp_path: Path, shell: str, script: str
) -> None:
    done = run("--install-completion", shell, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "_DARKFACTORY_COMPLETE" in (tmp_path / script).read_text()


def test_a_shell_without_completion_is_told_which_have_one(tmp_path: Path) -> None:
    done = run("--show-completion", "tcsh", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "bash|zsh|fish" in done.stderr


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The completion of bash, in a file."""
    folder = tmp_path_factory.mktemp("completion")
    path = folder / "completion.sh"
    path.write_text(run("--show-completion", "bash", cwd=folder).stdout)
    return path


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("darkfactory ga", ["gate"]),
        ("darkfactory gate d", ["drill", "defer"]),
        ("darkfactory sessions s", ["show", "steer"]),
        ("darkfactory gc --u", ["--undo"]),
        ("darkfactory init --preset ", ["solo", "maintainer", "team"]),
        ("darkfactory triage --e", ["--explain"]),
    ],
)
def test_bash_completes_commands_verbs_options_and_choices(
    tmp_path: Path, script: Path, typed: str, offered: list[str]
) -> None:
    words = typed.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    asks = (
        f". {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
        "_darkfactory_completion darkfactory; printf '%s\\n' \"${COMPREPLY[@]}\""
    )

    done = subprocess.run(
        ["bash", "--norc", "-c", asks],
        cwd=tmp_path,
        env={"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == offered


LOOP = "\n".join(
    json.dumps({"type": kind, "data": data})
    for _ in range(5)
    for kind, data in (
        ("tool.started", {"call": "1", "kind": "shell", "command": "make", "paths": []}),
        ("tool.finished", {"call": "1", "status": "failed", "output": "error: no rule"}),
    )
)


def test_logs_are_scored_in_the_order_of_the_arguments_standard_input_among_them(
    tmp_path: Path,
) -> None:
    (tmp_path / "calm.jsonl").write_text('{"type": "message", "data": 7}\n')

    done = run("waffle", "score", "calm.jsonl", "-", "--json", cwd=tmp_path, stdin=LOOP)

    scores = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [(one["version"], one["file"]) for one in scores] == [(1, "calm.jsonl"), (1, "-")]
    assert scores[0]["waffle"] == 0 < scores[1]["waffle"]
    assert scores[1]["timeline"][-1][1:] == [scores[1]["waffle"], scores[1]["action"]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        ("a note\nand another\n", "line 1: it is no JSON"),
        ("\n[1, 2]\n", "line 2: it is no object with a type"),
    ],
)
def test_a_file_without_any_event_is_no_log_and_the_others_are_scored_all_the_same(
    tmp_path: Path, text: str, why: str
) -> None:
    (tmp_path / "notes.txt").write_text(text)

    done = run("waffle", "score", "notes.txt", "-", "--json", cwd=tmp_path, stdin=LOOP)

    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["code"]) == (2, "waffle.no_events")
    assert error["problem"] == f"notes.txt holds no event ({why})"
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == ["-"]


def test_lines_between_events_that_are_none_are_passed_over_counted_and_warned_of(
    tmp_path: Path,
) -> None:
    (tmp_path / "log.jsonl").write_text(f"{LOOP}\nnoise\n\x00\n")

    machine = run("waffle", "score", "log.jsonl", "--json", cwd=tmp_path)
    person = run("waffle", "score", "log.jsonl", cwd=tmp_path)

    scored = json.loads(machine.stdout)
    assert (machine.returncode, machine.stderr, person.returncode) == (0, "", 0)
    assert (scored["events"], scored["skipped"]) == (10, 2)
    assert scored["first_skipped"] == {"line": 11, "why": "it is no JSON"}
    assert "warning: log.jsonl: 2 lines are no events and passed over (line 11:" in person.stderr


def test_a_log_in_which_nothing_can_be_judged_is_told_from_a_good_one(tmp_path: Path) -> None:
    done = run("waffle", "score", cwd=tmp_path, stdin='{"type": "usage", "data": {}}\n')

    assert done.returncode == 0
    assert done.stderr.startswith("warning: -: nothing to judge")


def test_without_a_log_standard_input_is_scored(tmp_path: Path) -> None:
    done = run("waffle", "score", "--json", cwd=tmp_path, stdin=LOOP)

    assert json.loads(done.stdout)["file"] == "-"


@pytest.mark.parametrize("wrong", ["none.jsonl", "."])
def test_of_several_logs_none_is_scored_when_one_is_missing(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "log.jsonl").write_text(LOOP)

    done = run("waffle", "score", "log.jsonl", wrong, "--json", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"no log to score: {wrong} " in done.stderr


def test_the_doctor_answers_no_when_something_needs_attention(factory: Factory) -> None:
    good = run("doctor", "--json", cwd=factory.root)
    bad = run("doctor", "--json", cwd=factory.root.parent)

    checks = json.loads(good.stdout)["checks"]
    assert good.returncode == int(any(one["state"] == "attention" for one in checks))
    assert json.loads(good.stdout)["ok"] is (good.returncode == 0)
    assert all(set(one) == {"name", "state", "detail", "fix"} for one in checks)
    assert all(bool(one["fix"]) is (one["state"] == "attention") for one in checks)
    assert (bad.returncode, json.loads(bad.stdout)["ok"]) == (1, False)


def test_a_sweep_as_json_says_whether_it_was_applied(factory: Factory) -> None:
    plan = run("gc", "--json", cwd=factory.root)
    done = run("gc", "--apply", "--yes", "--json", cwd=factory.root)

    assert json.loads(plan.stdout).items() >= {"version": 1, "applied": False, "items": []}.items()
    assert json.loads(done.stdout).items() >= {"applied": True, "done": [], "left": []}.items()
