"""A TCP port of a session's own, for an agent whose parts reach each other over loopback.

Where a fence limits ports, such an agent reaches nothing at a port that it picks by itself. Told
one by ``{port}`` it may connect there, and no other session may.
"""

import random
import secrets
import socket
from collections.abc import Mapping, Sequence

PORT, TOKEN = "{port}", "{token}"
_LOOPBACK = "127.0.0.1"
_PORTS = range(20_000, 32_000)
"""Below those that systems give to outgoing connections: only a listener could be in the way."""
_TRIES = 100


def with_own_port(
    argv: Sequence[str], environment: Mapping[str, str]
) -> tuple[tuple[str, ...], dict[str, str], tuple[int, ...]]:
    """Return a command line and its environment with a free port filled in, and that port.

    ``{port}`` stands for it in any word or value, ``{token}`` for a secret that only this run is
    told. Without ``{port}`` both stay as they are.

    Raises:
        OSError: If no port is free.
    """
    if not any(PORT in text for text in (*argv, *environment.values())):
        return tuple(argv), dict(environment), ()
    port, token = _free_port(), secrets.token_hex(16)

    def filled(text: str) -> str:
        return text.replace(PORT, str(port)).replace(TOKEN, token)

    words = tuple(map(filled, argv))
    return words, {name: filled(value) for name, value in environment.items()}, (port,)


def _free_port() -> int:
    """Return a port on which nobody listens; it is the agent that will."""
    for port in random.sample(_PORTS, _TRIES):
        with socket.socket() as probe:
            try:
                probe.bind((_LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError(f"none of {_TRIES} ports of {_LOOPBACK} is free")
