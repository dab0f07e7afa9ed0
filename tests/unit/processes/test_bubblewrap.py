from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.processes import bubblewrap
from darkfactory.processes.bounds import Bounds, HostFences

HOST = HostFences(bubblewrap="/usr/bin/bwrap", landlock=7, sockets=True, root=False, python="/py")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder that no other rule covers; the real one would be below a hidden /tmp."""
    return tmp_path.resolve()


def bounds(
    *,
    write: tuple[Path, ...] = (),
    hide: tuple[Path, ...] = (),
    show: tuple[Path, ...] = (),
    temp: str = "",
) -> Bounds:
    return Bounds(
        write=tuple(map(str, write)),
        hide=tuple(map(str, hide)),
        show=tuple(map(str, show)),
        temp=temp,
        network="off",
    )


def steps(asked: Bounds, host: HostFences = HOST) -> list[tuple[str, ...]]:
    """Return the options of the command line, each with its values."""
    found: list[tuple[str, ...]] = []
    for word in bubblewrap.command(asked, host)[1:]:
        if word.startswith("--"):
            found.append((word,))
        else:
            found[-1] += (word,)
    return found


def test_what_is_hidden_comes_before_what_shows_again_in_it(top: Path) -> None:
    hidden, shown, written = top / "state", top / "state/objects", top / "state/ws"
    for folder in (shown, written):
        folder.mkdir(parents=True)

    made = steps(bounds(write=(top, written), hide=(hidden,), show=(shown,)))

    order = [
        made.index(step)
        for step in (
            ("--bind", str(top), str(top)),
            ("--tmpfs", str(hidden)),
            ("--ro-bind", str(shown), str(shown)),
            ("--bind", str(written), str(written)),
            ("--remount-ro", str(hidden)),
        )
    ]
    assert order == sorted(order)
    assert made[order[1] - 1] == ("--perms", "0111")


def test_what_is_readable_anyway_is_not_mounted_again(top: Path) -> None:
    (top / "sdk").mkdir()

    made = steps(bounds(write=(top,), show=(top / "sdk",)))

    assert not any(str(top / "sdk") in step for step in made)


def test_a_writable_folder_inside_a_writable_one_needs_no_mount(top: Path) -> None:
    (top / "ws").mkdir()

    made = steps(bounds(write=(top, top / "ws")))

    assert not any(str(top / "ws") in step for step in made)


def test_a_hidden_file_takes_its_folder_down_to_its_other_entries(top: Path) -> None:
    # The folder shows below the hidden temp folder, so its rules are those of any readable one.
    home = top / "home"
    (home / "src").mkdir(parents=True)
    for name in (".netrc", ".bashrc", "notes"):
        (home / name).touch()
    (home / "link").symlink_to("src")

    made = steps(bounds(hide=(home / ".netrc",), show=(home,)))

    inside = {step for step in made if str(home) in step[-1]}
    assert inside == {
        ("--tmpfs", str(home)),
        ("--ro-bind-try", str(home / "src"), str(home / "src")),
        ("--ro-bind-try", str(home / "notes"), str(home / "notes")),
        ("--symlink", "src", str(home / "link")),
        ("--remount-ro", str(home)),
    }


def test_a_hidden_file_in_a_very_large_folder_is_covered_by_itself(top: Path) -> None:
    for number in range(257):
        (top / f"{number}.txt").touch()
    (top / ".env").touch()

    made = steps(bounds(hide=(top / ".env",), show=(top,)))

    assert ("--ro-bind", "/dev/null", str(top / ".env")) in made
    assert ("--tmpfs", str(top)) not in made


def test_root_gets_another_number_and_a_sealed_proc() -> None:
    made = steps(bounds(), replace(HOST, root=True))

    assert made.index(("--unshare-user",)) < made.index(("--uid", "65534"))
    assert made.index(("--proc", "/proc")) < made.index(("--ro-bind-try", "/proc/sys", "/proc/sys"))


def test_nobody_has_capabilities_and_nothing_outlives_the_wrapper() -> None:
    made = steps(bounds())

    assert {("--die-with-parent",), ("--unshare-pid",), ("--cap-drop", "ALL")} <= set(made)


def test_the_private_temp_folder_stands_in_for_the_hosts(top: Path) -> None:
    (top / "t").mkdir()

    made = steps(bounds(temp=str(top / "t")))

    assert ("--bind", str(top / "t"), str(Path("/tmp").resolve())) in made
    assert ("--bind", str(top / "t"), str(top / "t")) in made
    assert ("--tmpfs", str(Path("/tmp").resolve())) in steps(bounds())
