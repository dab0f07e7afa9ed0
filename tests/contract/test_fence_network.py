"""What every side of the fence promises about the network, with real sockets."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import pytest

from darkfactory.processes.bounds import Network
from tests.fakes.fenced import SIDE_NAMES, SIDES, World, worlds

# Tries each way; prints its name when it got through.
_WAYS = """
import socket, sys
port, datagram, unix, abstract = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
here, there = ("127.0.0.1", port), ("::ffff:127.0.0.1", port)

def stream(family, address, protocol=0):
    with socket.socket(family, socket.SOCK_STREAM, protocol) as made:
        made.connect(address)
        return made.recv(2) == b"hi"

def fast_open(send):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as made:
        send(made)
        return made.recv(2) == b"hi"

def udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        return made.sendto(b"x", ("127.0.0.1", datagram)) == 1

FAST = 0x20000000
ways = {
    "tcp": lambda: stream(socket.AF_INET, here),
    "tcp6": lambda: stream(socket.AF_INET6, there),
    "mptcp": lambda: stream(socket.AF_INET, here, 262),
    "fast-open": lambda: fast_open(lambda made: made.sendto(b"x", FAST, here)),
    "fast-open-message": lambda: fast_open(lambda made: made.sendmsg([b"x"], [], FAST, here)),
    "udp": udp,
    "unix": lambda: stream(socket.AF_UNIX, unix),
    "abstract": lambda: stream(socket.AF_UNIX, "\\0" + abstract),
    "vsock": lambda: bool(socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close() is None),
    "raw": lambda: bool(socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close() is None),
}
socket.setdefaulttimeout(None)
for name, way in ways.items():
    try:
        if way():
            print(name)
    except OSError:
        pass
"""


@dataclass(frozen=True)
class Services:
    """Listening sockets of the host, outside every fence."""

    port: int
    udp: socket.socket
    unix: str
    abstract: str


@pytest.fixture(params=SIDES, ids=SIDE_NAMES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from worlds(*request.param)


@pytest.fixture
def services(world: World) -> Iterator[Services]:
    unix = str(world.factory / "sessions/s-1/c.sock")
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        named = stack.enter_context(socket.socket(socket.AF_UNIX))
        named.bind(unix)
        (world.factory / "sessions/s-1/c.sock").chmod(0o777)
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        name = f"fence-{tcp.getsockname()[1]}"
        abstract.bind("\0" + name)
        datagram = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        datagram.bind(("127.0.0.1", 0))
        for server in (tcp, named, abstract):
            server.listen()
            threading.Thread(target=_greet, args=(server,), daemon=True).start()
        yield Services(tcp.getsockname()[1], datagram, unix, name)
        for server in (tcp, named, abstract):
            server.shutdown(socket.SHUT_RDWR)


def _greet(server: socket.socket) -> None:
    with suppress(OSError):  # shut down: the test is over
        while True:
            client, _ = server.accept()
            with client:
                client.sendall(b"hi")


def _ways(world: World, services: Services, network: Network, *ports: int) -> set[str]:
    bounds = world.bounds(network=network, ports=ports)
    assert world.fenced(["true"], bounds).network == network
    words = (
        str(services.port),
        str(services.udp.getsockname()[1]),
        services.unix,
        services.abstract,
    )
    done = world.python(_WAYS, *words, bounds=bounds)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_nothing_gets_out_when_the_network_is_off(world: World, services: Services) -> None:
    ways = _ways(world, services, "off")

    # Behind bubblewrap a datagram is sent, into an empty network; it does not arrive.
    assert ways <= {"udp"}
    with pytest.raises(BlockingIOError):
        services.udp.recv(1, socket.MSG_DONTWAIT)


def test_another_tcp_port_cannot_be_reached_by_any_way(world: World, services: Services) -> None:
    ways = _ways(world, services, "ports", 443)

    assert ways == {"udp"}


def test_an_allowed_tcp_port_is_reached_by_plain_tcp(world: World, services: Services) -> None:
    ways = _ways(world, services, "ports", 443, services.port)

    assert ways == {"tcp", "tcp6", "udp"}


def test_an_open_network_opens_no_socket_of_other_programs(
    world: World, services: Services
) -> None:
    ways = _ways(world, services, "open")

    assert {"tcp", "tcp6", "udp"} <= ways
    assert not ways & {"unix", "abstract"}


def test_names_are_resolved_where_the_network_is_not_off(world: World) -> None:
    script = "import socket; print(socket.getaddrinfo('localhost', 80)[0][4][1])"

    done = world.python(script, bounds=world.bounds(network="ports", ports=(443,)))

    assert done.stdout == "80\n"


def test_programs_inside_still_talk_to_each_other(world: World) -> None:
    script = (
        "import socket, subprocess, sys; a, b = socket.socketpair(); a.send(b'x');"
        "print(b.recv(1), subprocess.run(['cat'], input=b'y', capture_output=True).stdout)"
    )

    done = world.python(script)

    assert done.stdout == "b'x' b'y'\n"


def test_off_keeps_a_loopback_where_the_side_makes_a_network_of_its_own(world: World) -> None:
    script = (
        "import socket; server = socket.create_server(('127.0.0.1', 0));"
        "print(bool(socket.create_connection(server.getsockname())))"
    )

    done = world.python(script, bounds=world.bounds(network="off"))

    assert done.stdout == ("True\n" if world.side == "bubblewrap" else "")
