"""The socket filter is run here by a small interpreter, so that both machines are proved on one."""

import struct

import pytest

from darkfactory.processes.restrict import MACHINES, filter_program

ALLOW, EACCES, ENOSYS = 0x7FFF0000, 0x0005000D, 0x00050026
UNIX, INET, NETLINK, INET6, PACKET, VSOCK = 1, 2, 16, 10, 17, 40
STREAM, DATAGRAM, RAW, CLOEXEC = 1, 2, 3, 0o2000000
FASTOPEN = 0x20000000


class Machine:
    """One architecture, and the verdict of its filter over a system call."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.audit, self.socket, self.sendto, self.sendmsg, self.sendmmsg = MACHINES[name]

    def verdict(
        self, number: int, *arguments: int, families: tuple[str, ...] = (), audit: int | None = None
    ) -> int:
        seen = struct.pack("<iIQ", number, self.audit if audit is None else audit, 0)
        seen += struct.pack("<6Q", *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
        return _run(filter_program(self.name, list(families)), seen)


def _run(program: bytes, seen: bytes) -> int:
    steps = list(struct.iter_unpack("HBBI", program))
    value, at = 0, 0
    while True:
        operation, yes, no, operand = steps[at]
        at += 1
        match operation:
            case 0x20:
                value = int.from_bytes(seen[operand : operand + 4], "little")
            case 0x54:
                value &= operand
            case 0x15:
                at += yes if value == operand else no
            case 0x35:
                at += yes if value >= operand else no
            case 0x45:
                at += yes if value & operand else no
            case 0x06:
                return int(operand)
            case _:
                raise AssertionError(operation)


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest) -> Machine:
    return Machine(request.param)


@pytest.mark.parametrize("family", [INET, INET6])
@pytest.mark.parametrize(
    ("kind", "protocol"),
    [(STREAM, 0), (STREAM, 6), (STREAM | CLOEXEC, 0), (DATAGRAM, 0), (DATAGRAM, 17)],
)
def test_plain_tcp_and_udp_pass_when_the_internet_is_allowed(
    machine: Machine, family: int, kind: int, protocol: int
) -> None:
    call = (machine.socket, family, kind, protocol)

    assert machine.verdict(*call, families=("internet",)) == ALLOW
    assert machine.verdict(*call, families=("unix",)) == EACCES


@pytest.mark.parametrize(
    ("family", "kind", "protocol"),
    [
        (INET, STREAM, 262),  # MPTCP
        (INET6, STREAM | CLOEXEC, 262),
        (INET, STREAM, 132),  # SCTP
        (INET, STREAM, 256),  # SMC
        (INET, DATAGRAM, 136),  # UDP-Lite
        (INET, RAW, 6),
        (INET, 5, 132),
        (PACKET, RAW, 0),
        (VSOCK, STREAM, 0),
        (0xFFFF, STREAM, 0),
    ],
)
def test_every_other_way_out_is_refused(
    machine: Machine, family: int, kind: int, protocol: int
) -> None:
    call = (machine.socket, family, kind, protocol)

    assert machine.verdict(*call, families=("internet", "unix")) == EACCES


def test_unix_sockets_pass_when_they_are_allowed(machine: Machine) -> None:
    call = (machine.socket, UNIX, STREAM, 0)

    assert machine.verdict(*call, families=("unix",)) == ALLOW
    assert machine.verdict(*call, families=("internet",)) == EACCES
    assert machine.verdict(machine.socket, NETLINK, RAW, 0) == ALLOW


def test_fast_open_is_refused_wherever_it_can_be_asked_for(machine: Machine) -> None:
    for number, place in ((machine.sendto, 3), (machine.sendmmsg, 3), (machine.sendmsg, 2)):
        fast, plain = [0] * 6, [0] * 6
        fast[place], plain[place] = FASTOPEN | 1, 1

        assert machine.verdict(number, *fast, families=("internet",)) == EACCES
        assert machine.verdict(number, *plain, families=("internet",)) == ALLOW


def test_calls_that_would_walk_past_the_filter_do_not_exist(machine: Machine) -> None:
    assert machine.verdict(425) == ENOSYS
    assert machine.verdict(machine.socket, UNIX, audit=0x40000003) == ENOSYS
    assert machine.verdict(0x40000000 | machine.socket, UNIX) == ENOSYS


def test_other_calls_pass(machine: Machine) -> None:
    assert machine.verdict(0) == ALLOW


def test_an_unknown_machine_has_no_filter() -> None:
    with pytest.raises(KeyError):
        filter_program("vax", [])
