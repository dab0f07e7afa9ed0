"""Put a command line inside the strongest fence this host has, and say what that fence holds."""

import os
from collections.abc import Sequence

from darkfactory.processes import bubblewrap, landlock
from darkfactory.processes.bounds import Bounds, Fenced, HostFences, Network


def fence(argv: Sequence[str], bounds: Bounds, *, host: HostFences, inner_sandbox: bool) -> Fenced:
    """Return *argv* confined to *bounds* as far as *host* can.

    The environment and the working folder pass through unchanged; a new session (``setsid``) is the
    caller's to make. Start it from a thread that lives as long as the program: bubblewrap dies with
    the thread that started it.

    Args:
        inner_sandbox: The program brings a sandbox that mounts (Codex, Claude Code). Landlock file
            rules forbid every mount, so without bubblewrap its files are left to that sandbox.
    """
    network, missing = _network(bounds, host)
    wanted = bounds if network != "open" else None
    if host.bubblewrap is not None:
        # The network namespace leaves nothing to restrict but families that ignore namespaces.
        inner = landlock.command(host, network=wanted)
        line = (*bubblewrap.command(bounds, host), "--", *inner, *argv)
        return Fenced(line, "bubblewrap", network, missing)
    if not inner_sandbox and host.landlock >= landlock.FILES_ABI:
        line = (*landlock.command(host, files=bounds, network=wanted), *argv)
        return Fenced(line, "landlock", network, (*_open_sockets(host), *missing))
    line = (*landlock.command(host, network=wanted), *argv)
    return Fenced(line, "none", network, (_no_files(host), *missing))


def _network(bounds: Bounds, host: HostFences) -> tuple[Network, tuple[str, ...]]:
    """Return what network can be held, and the difference to what was asked."""
    if bounds.network == "off" and (host.bubblewrap is not None or host.sockets):
        return "off", ()
    if bounds.network == "ports" and host.sockets and host.landlock >= landlock.PORTS_ABI:
        return "ports", ()
    if bounds.network == "open":
        return "open", ()
    if bounds.network == "off":
        return "open", ("network: nothing on this host can shut it off",)
    why = f"it needs Landlock {landlock.PORTS_ABI} (Linux 6.7) on x86_64 or aarch64"
    return "open", (f"network: TCP ports cannot be limited on this host; {why}",)


def _no_files(host: HostFences) -> str:
    if host.landlock >= landlock.FILES_ABI:
        return (
            "files: without bubblewrap only the program's own sandbox holds them; "
            "Landlock cannot go around a sandbox that mounts"
        )
    return "files: this host has neither bubblewrap nor Landlock 3 (Linux 6.2)"


def _open_sockets(host: HostFences) -> tuple[str, ...]:
    if host.sockets or host.landlock >= landlock.SOCKETS_ABI:
        return ()
    machine = os.uname().machine
    return (
        f"files: unix sockets of other programs can be reached on {machine} without bubblewrap",
    )
