from dataclasses import replace

import pytest

from darkfactory.processes.bounds import Bounds, Fenced, HostFences, Network
from darkfactory.processes.fence import fence

FULL = HostFences(bubblewrap="/usr/bin/bwrap", landlock=7, sockets=True, root=False, python="/py")
BARE = HostFences(bubblewrap=None, landlock=0, sockets=False, root=False, python="")


def fenced(host: HostFences, network: Network = "ports", *, inner_sandbox: bool = False) -> Fenced:
    bounds = Bounds(write=(), hide=(), show=(), temp="", network=network, ports=(443,))
    return fence(["agent", "--flag"], bounds, host=host, inner_sandbox=inner_sandbox)


@pytest.mark.parametrize("network", ["off", "ports", "open"])
@pytest.mark.parametrize("bubblewrap", ["/usr/bin/bwrap", None])
def test_a_whole_host_holds_what_is_asked(network: Network, bubblewrap: str | None) -> None:
    made = fenced(replace(FULL, bubblewrap=bubblewrap), network)

    assert (made.files, made.network) == ("bubblewrap" if bubblewrap else "landlock", network)
    assert made.holds


def test_the_program_comes_last_and_whole() -> None:
    for host in (FULL, replace(FULL, bubblewrap=None), BARE):
        assert fenced(host).argv[-2:] == ("agent", "--flag")


def test_bubblewrap_is_preferred_and_restricts_sockets_inside() -> None:
    argv = fenced(FULL).argv

    assert argv[0] == "/usr/bin/bwrap"
    inside = argv[argv.index("--") + 1 :]
    assert inside[:3] == ("/py", "-I", "-S")
    assert "--files" not in inside


def test_landlock_files_do_not_go_around_a_sandbox_that_mounts() -> None:
    made = fenced(replace(FULL, bubblewrap=None), inner_sandbox=True)

    assert (made.files, made.network) == ("none", "ports")
    assert "--files" not in made.argv
    (missing,) = made.missing
    assert missing.startswith("files: without bubblewrap only the program's own sandbox")


@pytest.mark.parametrize("landlock", [0, 2])
def test_a_landlock_that_does_not_cover_truncation_holds_no_files(landlock: int) -> None:
    made = fenced(replace(FULL, bubblewrap=None, landlock=landlock))

    assert made.files == "none"
    assert made.missing[0] == "files: this host has neither bubblewrap nor Landlock 3 (Linux 6.2)"


def test_ports_need_landlock_and_the_socket_filter() -> None:
    for host in (replace(FULL, landlock=3), replace(FULL, sockets=False)):
        made = fenced(host)

        assert made.network == "open"
        assert made.missing[-1].startswith("network: TCP ports cannot be limited")
        assert "--connect" not in made.argv


def test_off_holds_by_a_network_of_its_own_or_by_the_filter() -> None:
    assert "--unshare-net" in fenced(replace(FULL, landlock=0, sockets=False), "off").argv
    assert fenced(replace(FULL, bubblewrap=None, landlock=3), "off").network == "off"
    assert fenced(BARE, "off").missing[-1] == "network: nothing on this host can shut it off"


def test_before_landlock_9_unix_sockets_are_shut_with_the_files() -> None:
    assert _sockets(fenced(replace(FULL, bubblewrap=None))) == ["internet"]
    assert _sockets(fenced(replace(FULL, bubblewrap=None), "open")) == ["internet"]
    assert _sockets(fenced(replace(FULL, bubblewrap=None), "off")) == []
    assert _sockets(fenced(replace(FULL, bubblewrap=None, landlock=9))) == ["internet", "unix"]


def test_open_unix_sockets_are_said() -> None:
    host = replace(FULL, bubblewrap=None, sockets=False)

    assert fenced(host, "open").missing[0].startswith("files: unix sockets of other programs")


def test_a_host_without_fences_runs_the_program_as_it_is_and_says_so() -> None:
    made = fenced(BARE, "open")

    assert made.argv == ("agent", "--flag")
    assert not made.holds


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(ValueError, match="not an absolute path: '~/x'"):
        Bounds(write=(), hide=("~/x",), show=(), temp="", network="off")


def _sockets(made: Fenced) -> list[str]:
    words = list(made.argv)
    return words[words.index("--sockets") + 1 : words.index("--")]
