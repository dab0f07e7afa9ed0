"""What a process tree of ours may touch: lanes.yaml says it, and where the factory keeps things."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from darkfactory.agents.protocol import Capabilities
from darkfactory.domain.lane import Allow, Autonomy, Lane
from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady
from darkfactory.processes.bounds import Bounds, Fenced, HostFences, Network
from darkfactory.processes.credentials import hidden_paths, shown_paths
from darkfactory.sessions.served import WayIn

_SHARED = frozenset({"/", "/tmp", "/var/tmp", "/run", "/home", "/usr", "/usr/local"})  # noqa: S108


class NotConfinable(NotReady):
    """This host cannot hold a lane to its autonomy level."""

    code = "confinement.missing"

    def __init__(self, lane: str, autonomy: str, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"lane {lane!r} ({autonomy}) cannot be confined here: {'; '.join(missing)}",
            fix="`df doctor` says what to install; --unconfined runs without it, and is recorded",
        )


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one session; *shared* is where a worktree's git folder lies.

    Objects of git are read in *lender*; None: in the hub.
    """

    workspace: str
    home: str
    temp: str
    shared: str | None = None
    lender: str | None = None

    @property
    def work(self) -> tuple[str, ...]:
        """Return what the agent works in: files and their git folder."""
        return (self.workspace, self.shared) if self.shared else (self.workspace,)


def user_home() -> str:
    """Return the home of the person who runs the factory."""
    return os.path.expanduser("~")


def expand(paths: tuple[str, ...], repository: str) -> tuple[str, ...]:
    """Return *paths* of lanes.yaml as absolute ones; relative ones count from the repository."""
    return tuple(os.path.join(repository, os.path.expanduser(path)) for path in paths)


def session_bounds(
    places: Places,
    *,
    state: StateFolder,
    settings: Settings,
    lane: Lane,
    capabilities: Capabilities,
    program: tuple[str, ...],
    environment: Mapping[str, str],
    way: WayIn | None = None,
) -> Bounds:
    """Return the bounds of a session of *lane*.

    Args:
        way: How its processes reach the server, besides what lanes.yaml allows.
    """
    way = way or WayIn()
    repository = os.fspath(state.repository)
    observes = lane.autonomy is Autonomy.OBSERVE
    own = () if observes else (*places.work, *_allowed(settings, lane, "write", repository))
    ports = (*settings.allow.connect, *lane.allow.connect, *way.ports)
    return Bounds(
        write=(places.home, *own),
        hide=(*hidden_paths(user_home(), environment), *_factory_secrets(state)),
        show=(
            *places.work,
            places.lender or os.fspath(state.hub / "objects"),
            *way.show,
            *shown_paths(user_home(), environment),
            *program_folders(program),
            *_allowed(settings, lane, "read", repository),
        ),
        temp=places.temp,
        network=_network(capabilities, ports),
        ports=ports if _network(capabilities, ports) == "ports" else (),
    )


def harness_bounds(
    tree: str, home: str, temp: str, *, state: StateFolder, settings: Settings
) -> Bounds:
    """Return the bounds of a harness run on *tree*: it runs what agents wrote."""
    repository = os.fspath(state.repository)
    environment = dict(os.environ)
    return Bounds(
        write=(tree, home, *expand(settings.allow.write, repository)),
        hide=(*hidden_paths(user_home(), environment), *_factory_secrets(state)),
        show=(
            tree,
            os.fspath(state.hub / "objects"),
            *shown_paths(user_home(), environment),
            *expand(settings.allow.read, repository),
        ),
        temp=temp,
        network="open" if settings.harness.network else "off",
    )


def own_sandbox(capabilities: Capabilities, host: HostFences) -> bool:
    """Tell whether the agent's own sandbox works on *host*, so that a fence must leave it room.

    Without bubblewrap one that needs it is turned off, and Landlock goes around the whole agent.
    """
    lacking = capabilities.sandbox_needs_bubblewrap and host.bubblewrap is None
    return capabilities.sandbox and not lacking


def hidden_beside(bounds: Bounds) -> tuple[str, ...]:
    """Return what of *bounds* is hidden in words for an agent's own sandbox.

    There a hidden folder hides all in it. So of one that holds places of the session its other
    entries are named, down to those places, as they are now.
    """
    own = (*bounds.write, *bounds.show, bounds.temp)
    return tuple(found for path in bounds.hide for found in _beside(path, own))


def confinement_of(
    fenced: Fenced, *, inner_sandbox: bool, lane: Lane, unconfined: bool
) -> tuple[bool, dict[str, str]]:
    """Return whether the session is confined, and what holds files and network.

    Args:
        inner_sandbox: The agent's own sandbox works inside this fence.

    Raises:
        NotConfinable: If something that the lane's autonomy needs is not held and *unconfined*
            was not asked for.
    """
    files: str = fenced.files
    network: str = fenced.network
    missing = list(fenced.missing)
    if inner_sandbox:
        if files == "none":
            files = "agent"
            missing = [lack for lack in missing if not lack.startswith("files")]
        if network == "open":
            network = "agent"  # its commands have none; the program itself is not limited
            missing = [lack for lack in missing if not lack.startswith("network")]
    if missing and not unconfined:
        raise NotConfinable(lane.name, lane.autonomy, tuple(missing))
    return not missing, {"files": files, "network": network}


def _network(capabilities: Capabilities, ports: tuple[int, ...]) -> Network:
    return "ports" if capabilities.network and ports else "off"


def _beside(path: str, own: tuple[str, ...]) -> Iterator[str]:
    """Yield *path*, or where it holds some of *own* what lies beside them in it."""
    if path.rstrip("/") in (place.rstrip("/") for place in own):
        return
    if not _holds_any(path, own) or not os.path.isdir(path):
        yield path
        return
    for name in sorted(os.listdir(path)):
        yield from _beside(os.path.join(path, name), own)


def _holds_any(folder: str, places: tuple[str, ...]) -> bool:
    inside = folder.rstrip("/") + "/"
    return any(f"{place}/".startswith(inside) for place in places)


def _allowed(settings: Settings, lane: Lane, kind: str, repository: str) -> tuple[str, ...]:
    both: tuple[Allow, ...] = (settings.allow, lane.allow)
    return expand(tuple(path for allow in both for path in getattr(allow, kind)), repository)


def _factory_secrets(state: StateFolder) -> tuple[str, ...]:
    """Return what of the repository no agent reads: our state, git's folder, .env files."""
    repository = os.fspath(state.repository)
    found = [os.fspath(state.root), _git_folder(os.path.join(repository, ".git"))]
    with os.scandir(repository) as entries:
        found += [
            entry.path for entry in entries if entry.name.startswith(".env") and entry.is_file()
        ]
    return tuple(found)


def _git_folder(path: str) -> str:
    """Return the git folder behind *path*, which in a worktree is a file that names it."""
    if not os.path.isfile(path):
        return path
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        named = file.read().strip().removeprefix("gitdir:").strip()
    target = os.path.normpath(os.path.join(os.path.dirname(path), named))
    folder, worktree = os.path.split(os.path.dirname(target))
    return folder if worktree == "worktrees" else target


def program_folders(program: tuple[str, ...]) -> tuple[str, ...]:
    """Return where a *program* lies, by name and behind its links.

    A program that lies directly in a shared folder is shown alone: all of /tmp is not its own.
    """
    found = []
    for word in program:
        if os.path.isabs(word) and os.path.exists(word):
            for path in (word, os.path.realpath(word)):
                folder = os.path.dirname(path)
                if os.path.basename(folder) == "bin":
                    folder = os.path.dirname(folder)
                found.append(path if folder in _SHARED else folder)
    return tuple(dict.fromkeys(found))
