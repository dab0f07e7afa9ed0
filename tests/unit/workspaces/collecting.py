"""How the tests collect a workspace."""

from collections.abc import Callable

from darkfactory.workspaces.collect import Collected, collect
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.intake import Limits
from darkfactory.workspaces.slot import Workspace

Show = Callable[[str], dict[str, str]]
REF = "refs/df/prop/c-1/1"


def take(hub: Hub, workspace: Workspace, limits: Limits | None = None) -> Collected:
    return collect(hub, workspace, ref=REF, message="What it left", when=1000, limits=limits)


def changed(hub: Hub, base: str, head: str | None) -> list[str]:
    assert head is not None
    return hub.git("diff", "--name-status", "--no-renames", base, head).text.split("\n")
