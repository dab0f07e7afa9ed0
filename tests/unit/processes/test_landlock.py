import os
from itertools import pairwise
from pathlib import Path

from darkfactory.processes import landlock
from darkfactory.processes.bounds import Bounds, HostFences

HOST = HostFences(bubblewrap=None, landlock=7, sockets=True, root=False, python="/py")
READ, READ_FOLDER, WRITE_FILE, MAKE_DEVICES, IOCTL = 1 << 2, 1 << 3, 1 << 1, 1 << 6, 1 << 15


def grants(
    *, write: tuple[Path, ...] = (), hide: tuple[Path, ...] = (), show: tuple[Path, ...] = ()
) -> dict[str, int]:
    bounds = Bounds(
        write=tuple(map(str, write)),
        hide=tuple(map(str, hide)),
        show=tuple(map(str, show)),
        temp="",
        network="open",
    )
    words = landlock.command(HOST, files=bounds)
    found: dict[str, int] = {}
    access = 0
    for before, word in pairwise(words):
        if before == "--path":
            access = int(word)
        elif word.startswith("/") and access:
            found[word] = found.get(word, 0) | access
    return found


def test_a_hidden_place_is_left_out_and_all_beside_the_way_to_it_granted(tmp_path: Path) -> None:
    for folder in ("home/.ssh", "home/src", "home/.config/gh", "home/.config/other"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "home/.env").touch()
    (tmp_path / "home/notes").touch()
    (tmp_path / "home/link").symlink_to(".ssh")
    hide = (tmp_path / "home/.ssh", tmp_path / "home/.config/gh")

    found = grants(hide=hide, show=(tmp_path,))

    inside = {path.removeprefix(f"{tmp_path}/") for path in found if path.startswith(str(tmp_path))}
    assert inside == {"home/src", "home/.config/other", "home/notes"}


def test_no_folder_above_something_hidden_is_granted(tmp_path: Path) -> None:
    found = grants(hide=(tmp_path,))

    assert not found.keys() & {str(path) for path in (tmp_path, *tmp_path.parents)}


def test_a_writable_folder_may_hold_everything_but_devices(tmp_path: Path) -> None:
    access = grants(write=(tmp_path,))[str(tmp_path)]

    assert access & WRITE_FILE
    assert access & READ_FOLDER
    assert not access & (MAKE_DEVICES | IOCTL)


def test_what_shows_again_is_only_read(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()

    found = grants(hide=(tmp_path,), show=(tmp_path / "objects",))

    assert found[str(tmp_path / "objects")] & READ
    assert not found[str(tmp_path / "objects")] & WRITE_FILE


def test_of_the_devices_only_the_harmless_are_granted() -> None:
    found = {path for path in grants() if path.startswith("/dev")}

    assert "/dev/null" in found
    assert found <= {
        os.path.realpath(f"/dev/{name}")
        for name in ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts")
    }


def test_a_kernel_is_asked_for_rights_it_knows_only() -> None:
    assert landlock.rights(1) == (1 << 13) - 1
    assert landlock.rights(4) == (1 << 15) - 1
    assert landlock.rights(7) == (1 << 16) - 1
    assert landlock.rights(9) == (1 << 17) - 1


def test_nothing_to_add_is_no_extra_step() -> None:
    old = HostFences(bubblewrap=None, landlock=5, sockets=True, root=False, python="/py")

    assert landlock.command(old) == []
