"""Restrict this process for good, then become another program.

Run by path, as ``python -I -S restrict.py OPTION… -- PROGRAM ARGUMENT…``; `landlock.command` writes
the options. It imports nothing of ours and as little as it can, for every session start waits for
it. Whatever cannot be applied ends it with status 126 before the program has run.

    --files RIGHTS            file rights that are denied unless a --path grants them
    --path RIGHTS PATH…       grants RIGHTS below each PATH; a PATH that is gone grants nothing
    --connect PORT…           outgoing TCP to these ports only
    --scope WHAT              1: abstract unix sockets, 2: signals, 3: both stay inside
    --sockets FAMILY…         new sockets of these families only: internet, unix

Numbers are those of linux/landlock.h, linux/audit.h and linux/seccomp.h.
"""

import os
import stat
import struct
import sys

# Syscall numbers of Landlock and io_uring are the same on every machine.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _IO_URING_SETUP = 444, 445, 446, 425
_RULE_PATH, _RULE_PORT, _CONNECT_TCP = 1, 2, 2
_NO_NEW_PRIVS, _SET_SECCOMP, _DROP_BOUNDING, _FILTER = 38, 22, 24, 2
_VERSION_FLAG = 1
_FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15 | 1 << 16  # what a non-folder can have

# machine: audit architecture, then the numbers of socket, sendto, sendmsg, sendmmsg
MACHINES = {
    "x86_64": (0xC000003E, 41, 44, 46, 307),
    "aarch64": (0xC00000B7, 198, 206, 211, 269),
}
_UNIX, _INET, _NETLINK, _INET6 = 1, 2, 16, 10
_STREAM, _DATAGRAM, _TYPE = 1, 2, 0xF
_FASTOPEN = 0x20000000
_LOAD, _EQUAL, _ABOVE, _BITS, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _EACCES, _ENOSYS = 0x7FFF0000, 0x00050000 | 13, 0x00050000 | 38

_Section = tuple[str, list[str]]
_Step = tuple[int, int, str, str]  # operation, operand, where to go on yes, where on no


def _load(offset: int) -> _Step:
    return (_LOAD, offset, "", "")


def _argument(number: int) -> _Step:
    return _load(16 + 8 * number)  # low half; the kernel takes these as int


def _socket_steps(families: list[str]) -> list[_Step | str]:
    internet = "internet" if "internet" in families else "deny"
    return [
        "socket",
        _argument(0),
        (_EQUAL, _UNIX, "allow" if "unix" in families else "deny", ""),
        (_EQUAL, _NETLINK, "allow", ""),
        (_EQUAL, _INET, internet, ""),
        (_EQUAL, _INET6, internet, "deny"),
        "internet",
        _argument(1),
        (_AND, _TYPE, "", ""),
        (_EQUAL, _STREAM, "stream", ""),
        (_EQUAL, _DATAGRAM, "datagram", "deny"),
        # Landlock knows plain TCP only: MPTCP, SCTP and SMC would walk past its port rules.
        "stream",
        _argument(2),
        (_EQUAL, 0, "allow", ""),
        (_EQUAL, 6, "allow", "deny"),
        "datagram",
        _argument(2),
        *[(_EQUAL, protocol, "allow", "") for protocol in (0, 17, 1)],  # UDP and ping
        (_EQUAL, 58, "allow", "deny"),
    ]


def filter_program(machine: str, families: list[str]) -> bytes:
    """Return the seccomp filter that lets sockets of *families* through, and only by plain ways.

    Refused besides other families: io_uring (it makes sockets unseen), TCP Fast Open (it connects
    without Landlock being asked) and system calls of another architecture.

    Raises:
        KeyError: If the numbers of *machine* are not known.
    """
    audit, socket, sendto, sendmsg, sendmmsg = MACHINES[machine]
    steps: list[_Step | str] = [
        _load(4),
        (_EQUAL, audit, "", "unknown"),
        _load(0),
        (_ABOVE, 0x40000000, "unknown", ""),  # x32 calls carry this bit
        (_EQUAL, _IO_URING_SETUP, "unknown", ""),
        (_EQUAL, socket, "socket", ""),
        (_EQUAL, sendto, "flags-fourth", ""),
        (_EQUAL, sendmmsg, "flags-fourth", ""),
        (_EQUAL, sendmsg, "flags-third", "allow"),
        "flags-fourth",
        _argument(3),
        (_BITS, _FASTOPEN, "deny", "allow"),
        "flags-third",
        _argument(2),
        (_BITS, _FASTOPEN, "deny", "allow"),
        *_socket_steps(families),
        "allow",
        (_RETURN, _ALLOW, "", ""),
        "deny",
        (_RETURN, _EACCES, "", ""),
        "unknown",
        (_RETURN, _ENOSYS, "", ""),
    ]
    return _assembled(steps)


def _assembled(steps: list[_Step | str]) -> bytes:
    code: list[_Step] = []
    places: dict[str, int] = {}
    for step in steps:
        if isinstance(step, str):
            places[step] = len(code)
        else:
            code.append(step)
    program = b""
    for number, (operation, operand, yes, no) in enumerate(code, start=1):
        jumps = [places[place] - number if place else 0 for place in (yes, no)]
        program += struct.pack("HBBI", operation, *jumps, operand)
    return program


class _Kernel:
    """The few calls that Python has no name for; a failure raises OSError naming *what*."""

    def __init__(self) -> None:
        import ctypes

        self._ctypes = ctypes
        self._libc = ctypes.CDLL(None, use_errno=True)

    def _checked(self, result: int, what: str) -> int:
        if result < 0:
            number = self._ctypes.get_errno()
            raise OSError(number, f"{what}: {os.strerror(number)}")
        return result

    def call(self, what: str, number: int, *arguments: int | bytes | None) -> int:
        """Make system call *number*."""
        long = self._ctypes.c_long
        shaped = [long(given) if isinstance(given, int) else given for given in arguments]
        return self._checked(int(self._libc.syscall(long(number), *shaped)), what)

    def control(self, what: str, option: int, *arguments: int) -> int:
        """Call prctl."""
        shaped = [self._ctypes.c_ulong(given) for given in (*arguments, 0, 0, 0, 0)[:4]]
        return self._checked(int(self._libc.prctl(option, *shaped)), what)

    def drop_capabilities(self) -> None:
        """Give up every capability: root's reach past file rules (CAP_PERFMON: any environment)."""
        for capability in range(64):
            # Refused past the last one, and without the right to drop; no_new_privs covers both.
            self._libc.prctl(_DROP_BOUNDING, capability, 0, 0, 0)
        header, none = struct.pack("Ii", 0x20080522, 0), bytes(24)
        self._checked(int(self._libc.capset(header, none)), "dropping capabilities")

    def filter(self, program: bytes) -> None:
        """Install a seccomp filter."""
        held = self._ctypes.create_string_buffer(program, len(program))
        address = self._ctypes.addressof(held)
        described = struct.pack("H6xP", len(program) // 8, address)
        place = self._ctypes.create_string_buffer(described, len(described))
        self.control("seccomp", _SET_SECCOMP, _FILTER, self._ctypes.addressof(place))

    def restore_signals(self) -> None:
        """Undo what Python set: a program expects SIGPIPE and SIGXFSZ to end it."""
        for number in (13, 25):
            self._libc.signal(number, None)


def landlock_abi() -> int:
    """Return the ABI of the kernel's Landlock, 0 where there is none."""
    try:
        return _Kernel().call("landlock", _CREATE_RULESET, None, 0, _VERSION_FLAG)
    except (OSError, AttributeError):  # no such call, switched off, or no such C library
        return 0


def _sections(options: list[str]) -> list[_Section]:
    """Part ``--name value…``; a value never starts with ``--``, for paths are absolute."""
    found: list[_Section] = []
    for word in options:
        if word.startswith("--"):
            found.append((word, []))
        else:
            found[-1][1].append(word)
    return found


def _grant(kernel: _Kernel, ruleset: int, rights: int, path: str) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return  # gone or out of reach: nothing is granted, which is the safe side
    try:
        mode = os.fstat(folder).st_mode
        granted = rights if stat.S_ISDIR(mode) else rights & _FILE_RIGHTS
        if granted and not stat.S_ISLNK(mode):
            rule = struct.pack("=Qi", granted, folder)
            kernel.call(f"allowing {path}", _ADD_RULE, ruleset, _RULE_PATH, rule, 0)
    finally:
        os.close(folder)


def _apply_landlock(kernel: _Kernel, wanted: list[_Section]) -> None:
    files = sum(int(values[0]) for name, values in wanted if name == "--files")
    scope = sum(int(values[0]) for name, values in wanted if name == "--scope")
    ports = [values for name, values in wanted if name == "--connect"]
    if not (files or scope or ports):
        return
    attributes = struct.pack("QQQ", files, _CONNECT_TCP if ports else 0, scope)
    ruleset = kernel.call("landlock", _CREATE_RULESET, attributes, len(attributes), 0)
    for port in (port for values in ports for port in values):
        rule = struct.pack("QQ", _CONNECT_TCP, int(port))
        kernel.call(f"allowing port {port}", _ADD_RULE, ruleset, _RULE_PORT, rule, 0)
    for name, values in wanted:
        for path in values[1:] if name == "--path" else ():
            _grant(kernel, ruleset, int(values[0]) & files, path)
    kernel.call("landlock", _RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _restrict(options: list[str]) -> None:
    wanted = _sections(options)
    kernel = _Kernel()
    if any(name == "--files" for name, _ in wanted):
        kernel.drop_capabilities()  # not else: a sandbox that root starts inside needs them
    kernel.control("no_new_privs", _NO_NEW_PRIVS, 1)
    _apply_landlock(kernel, wanted)
    for name, families in wanted:
        if name == "--sockets":
            kernel.filter(filter_program(os.uname().machine, families))
    kernel.restore_signals()


def _first_environment() -> dict[bytes, bytes]:
    """Return the environment we were given; Python adds LC_CTYPE to os.environ in a C locale."""
    with open("/proc/self/environ", "rb") as file:
        pairs = [entry.partition(b"=") for entry in file.read().split(b"\0")]
    return {name: value for name, mark, value in pairs if mark}


def main(arguments: list[str]) -> int:
    """Apply the options before ``--`` and become the program after it; return only on failure."""
    mark = arguments.index("--")
    program = arguments[mark + 1 :]
    try:
        environment = _first_environment()
        _restrict(arguments[:mark])
    except (OSError, KeyError) as error:
        sys.stderr.write(f"darkfactory: this host did not confine {program[0]}: {error}\n")
        return 126
    try:
        os.execvpe(program[0], program, environment)  # noqa: S606 - becoming it is the point
    except OSError as error:
        sys.stderr.write(f"darkfactory: cannot run {program[0]}: {error.strerror}\n")
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
