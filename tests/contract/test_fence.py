"""What every side of the fence promises about files, with real processes in a real fence."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.fenced import SIDE_NAMES, SIDES, World, worlds


@pytest.fixture(params=SIDES, ids=SIDE_NAMES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from worlds(*request.param)


def test_the_credentials_of_the_user_cannot_be_read(world: World) -> None:
    done = world.shell('for name in .ssh/id .netrc .claude.json; do cat "$USERHOME/$name"; done')

    assert done.stdout == ""
    assert done.stderr.count("cat:") == 3


def test_a_hidden_folder_does_not_tell_what_it_holds(world: World) -> None:
    done = world.shell('ls -a "$USERHOME/.ssh"; echo "$USERHOME"/.ssh/*')

    assert "id" not in done.stdout.replace(str(world.home), "").split()


def test_what_lies_beside_a_secret_can_be_read(world: World) -> None:
    done = world.shell('cat "$USERHOME/notes.txt" "$USERHOME/project/README"')

    assert done.stdout == "readable\nreadable\n"


def test_a_secret_that_its_owner_replaces_stays_hidden(world: World) -> None:
    secret, draft = world.home / ".claude.json", world.home / "draft"
    script = 'echo ready; read go; cat "$USERHOME/.claude.json"; echo end'

    with world.started(["sh", "-c", script]) as (_, stdin, stdout):
        stdout.readline()
        draft.write_text("NEW SECRET\n")
        world.own(draft)
        draft.rename(secret)
        stdin.write("go\n")
        stdin.flush()
        said = stdout.read()

    assert said == "end\n"


def test_the_workspace_the_private_home_and_the_temp_folder_are_writable(world: World) -> None:
    script = 'echo 1 > made && echo 2 > "$HOME/made" && echo 3 > "$TMPDIR/made"'

    done = world.shell(script)

    assert done.stderr == ""
    places = (world.workspace, world.private, world.temp)
    assert [(place / "made").read_text() for place in places] == ["1\n", "2\n", "3\n"]


def test_nothing_outside_can_be_changed(world: World) -> None:
    steps = (
        'echo x > "$USERHOME/notes.txt"',
        'echo x > "$USERHOME/new"',
        'mkdir "$USERHOME/new"',
        'rm "$USERHOME/notes.txt"',
        'mv "$USERHOME/notes.txt" "$USERHOME/new"',
        'mv "$USERHOME/notes.txt" .',
        'truncate -s 0 "$USERHOME/notes.txt"',
        'ln made "$USERHOME/new"',
        'ln -s made "$USERHOME/new"',
        'echo x > "$USERHOME/project/README"',
        'echo x > "$USERHOME/.ssh/authorized_keys"',
        'echo x > "$USERHOME/project/.darkfactory/sessions/s-1/exit.json"',
    )
    before = _picture(world)

    done = world.shell('touch made; for step; do sh -c "$step" && echo "DONE: $step"; done', *steps)

    assert done.stdout == ""
    assert _picture(world) == before


def test_the_factorys_own_files_cannot_be_read_but_the_shown_objects_can(world: World) -> None:
    done = world.shell(
        'cd "$1"; cat token workspaces/agents/02/work.py; ls . workspaces/agents/02; '
        "cat hub.git/objects/pack",
        str(world.factory),
    )

    assert done.stdout.split() == [word for word in done.stdout.split() if word != "work.py"]
    assert "SECRET" not in done.stdout
    assert "token" not in done.stdout
    assert done.stdout.endswith("readable\n")


def test_shown_objects_cannot_be_changed(world: World) -> None:
    world.shell('echo x >> "$1"', str(world.objects / "pack"))

    assert (world.objects / "pack").read_text() == "readable\n"


def test_a_link_in_the_workspace_leads_no_further_than_its_target_may(world: World) -> None:
    (world.workspace / "out").symlink_to(world.home / "notes.txt")
    (world.workspace / "keys").symlink_to(world.home / ".ssh")

    done = world.shell("cat out; cat keys/id; echo x > out; echo x > keys/new")

    assert done.stdout == "readable\n"
    assert (world.home / "notes.txt").read_text() == "readable\n"
    assert not (world.home / ".ssh/new").exists()


def test_the_temp_folder_of_the_host_is_out_of_reach(world: World) -> None:
    foreign = Path("/tmp") / f"fence-foreign-{os.getpid()}"
    foreign.write_text("SECRET\n")
    try:
        done = world.shell('cat "$1"; echo x > "$1"; echo x > "$1-new"', str(foreign))

        assert "SECRET" not in done.stdout
        assert foreign.read_text() == "SECRET\n"
        assert not foreign.with_name(foreign.name + "-new").exists()
    finally:
        foreign.unlink()


def test_slash_tmp_is_the_private_folder_where_the_side_can_do_that(world: World) -> None:
    done = world.shell("echo mine > /tmp/here")

    if world.side == "bubblewrap":
        assert (world.temp / "here").read_text() == "mine\n"
    else:
        assert done.returncode != 0


def test_a_writable_folder_keeps_what_is_hidden_in_it_hidden(world: World) -> None:
    bounds = world.bounds(write=(str(world.workspace), str(world.home)))

    done = world.shell(
        'cat "$USERHOME/.ssh/id" "$USERHOME/.netrc"; echo x >> "$USERHOME/notes.txt"', bounds=bounds
    )

    assert "SECRET" not in done.stdout
    assert (world.home / "notes.txt").read_text() == "readable\nx\n"


def test_a_hidden_place_that_is_shown_on_purpose_can_be_read_not_written(world: World) -> None:
    keys = world.home / ".ssh"

    done = world.shell(
        'cat "$1/id"; echo x > "$1/new"', str(keys), bounds=world.bounds(show=(str(keys),))
    )

    assert done.stdout == "SECRET\n"
    assert not (keys / "new").exists()


def test_odd_names_of_folders_are_only_names(world: World) -> None:
    names = (b"a space", b"line\nbreak", b"-- dashes", b"latin \xe9", b"quote'\"", b"back\\slash")
    odd = [world.workspace.parent / os.fsdecode(name) for name in names]
    for folder in odd:
        folder.mkdir()
    world.own(*odd)
    bounds = world.bounds(write=(*map(str, odd), str(world.workspace)))

    done = world.shell('for place; do echo x > "$place/made"; done', *map(str, odd), bounds=bounds)

    assert done.stderr == ""
    assert all((folder / "made").read_text() == "x\n" for folder in odd)


def test_a_workspace_below_slash_tmp_is_writable_and_alone_there(world: World) -> None:
    below = world.temp / "elsewhere/ws"
    below.mkdir(parents=True)
    private = world.temp / "private"
    private.mkdir()
    (world.temp / "sibling").write_text("SECRET\n")
    world.own(below, private)
    bounds = world.bounds(write=(str(below), str(world.workspace)), temp=str(private))

    done = world.shell(
        'cd "$1" && echo x > made; cat "$1/../../sibling"', str(below), bounds=bounds
    )

    assert (below / "made").read_text() == "x\n"
    assert "SECRET" not in done.stdout


def test_a_folder_named_through_a_link_is_reached_by_that_name(world: World) -> None:
    real = world.top / "elsewhere"
    real.mkdir()
    link = world.temp / "link"
    link.symlink_to(real)
    private = world.temp / "private"
    private.mkdir()
    world.own(real, private)
    bounds = world.bounds(write=(str(link), str(world.workspace)), temp=str(private))

    done = world.shell('echo x > "$1/made"', str(link), bounds=bounds)

    assert done.stderr == ""
    assert (real / "made").read_text() == "x\n"


def test_paths_that_do_not_exist_are_left_out(world: World) -> None:
    gone = str(world.top / "gone")
    bounds = world.bounds(
        write=(gone, str(world.workspace)), hide=(gone + "/a", gone), show=(gone + "/b",)
    )

    done = world.shell("echo x > made", bounds=bounds)

    assert done.returncode == 0
    assert not Path(gone).exists()


def test_the_ordinary_tools_of_a_project_work_inside(world: World) -> None:
    script = (
        "set -e; git init -q -b main .; git config user.email a@b; git config user.name n; "
        "mkdir src; echo 1 > src/a; git add .; git commit -qm one; git mv src/a src/b; "
        "git commit -qam two; echo x | tee /dev/null > /dev/null; head -c 1 /dev/urandom | wc -c; "
        "mktemp > /dev/null; cat <<END\nheredoc\nEND\n"
        "git log --format=%s"
    )

    done = world.shell(script)

    assert done.stderr == ""
    assert done.stdout.split() == ["1", "heredoc", "two", "one"]


def test_status_and_environment_pass_through(world: World) -> None:
    line = world.fenced(["sh", "-c", "env -0; exit 7"]).argv
    given = {os.fsencode(name): os.fsencode(value) for name, value in world.environment().items()}
    given[b"ODD"] = b"line\nbreak \xff"

    done = subprocess.run(line, env=given, cwd=world.workspace, capture_output=True, check=False)

    seen = dict(pair.split(b"=", 1) for pair in done.stdout.split(b"\0") if pair)
    assert done.returncode == 7
    assert {name: value for name, value in seen.items() if name != b"PWD"} == given


def _picture(world: World) -> dict[Path, bytes | None]:
    return {
        path: path.read_bytes() if path.is_file() else None
        for path in sorted(world.top.rglob("*"))
        if not path.is_relative_to(world.workspace)
    }
