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
    ports = bounds.ports if network == "ports" else None
    families: tuple[str, ...] | None
    if host.bubblewrap is not None:
        # Off is a network of its own with a loopback, but some families ignore namespaces.
        families = ("internet", "unix") if network != "open" and host.sockets else None
        inner = landlock.command(host, ports=ports, families=families)
        line = (*bubblewrap.command(bounds, host), "--", *inner, *argv)
        return Fenced(line, "bubblewrap", network, missing)
    if not inner_sandbox and host.landlock >= landlock.FILES_ABI:
        unix = host.landlock >= landlock.SOCKETS_ABI
        families = _families(host, network, unix=unix)
        inner = landlock.command(host, files=bounds, ports=ports, families=families)
        open_sockets = () if unix or host.sockets else (_open_sockets(),)
        return Fenced((*inner, *argv), "landlock", network, (*open_sockets, *missing))
    inner = landlock.command(host, ports=ports, families=_families(host, network, unix=True))
    return Fenced((*inner, *argv), "none", network, (_no_files(host), *missing))


def _families(host: HostFences, network: Network, *, unix: bool) -> tuple[str, ...] | None:
    """Return the socket families that stay allowed, or None when no filter is needed."""
    if not host.sockets or (network == "open" and unix):
        return None
    return (*(() if network == "off" else ("internet",)), *(("unix",) if unix else ()))


def _network(bounds: Bounds, host: HostFences) -> tuple[Network, tuple[str, ...]]:
    """Return what network can be held, and the difference to what was asked."""
    if bounds.network == "open":
        return "open", ()
    if bounds.network == "off":
        if host.bubblewrap is not None or host.sockets:
            return "off", ()
        return "open", ("network: nothing on this host can shut it off",)
    if host.sockets and host.landlock >= landlock.PORTS_ABI:
        return "ports", ()
    why = f"it needs Landlock {landlock.PORTS_ABI} (Linux 6.7) on x86_64 or aarch64"
    return "open", (f"network: TCP ports cannot be limited on this host; {why}",)


def _no_files(host: HostFences) -> str:
    if host.landlock >= landlock.FILES_ABI:
        return (
            "files: without bubblewrap only the program's own sandbox holds them; "
            "Landlock cannot go around a sandbox that mounts"
        )
    return "files: this host has neither bubblewrap nor Landlock 3 (Linux 6.2)"


def _open_sockets() -> str:
    machine = os.uname().machine
    return f"files: unix sockets of other programs can be reached on {machine} without bubblewrap"
