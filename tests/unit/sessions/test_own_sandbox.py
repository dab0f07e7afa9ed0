"""Who holds an agent that brings a sandbox of its own: that sandbox, or a fence around it."""

from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.agents.protocol import Capabilities
from darkfactory.domain.lane import Lane
from darkfactory.processes.bounds import Bounds, Fenced, HostFences
from darkfactory.sessions.confine import (
    NotConfinable,
    confinement_of,
    hidden_beside,
    own_sandbox,
)

BRINGS_ALL = Capabilities(sandbox=True)
NEEDS_BUBBLEWRAP = Capabilities(sandbox=True, sandbox_needs_bubblewrap=True)
RICH = HostFences("/usr/bin/bwrap", 7, sockets=True, root=False, python="/usr/bin/python3")
POOR = HostFences(None, 7, sockets=True, root=False, python="/usr/bin/python3")
UNHELD = Fenced(("agent",), "none", "open", ("files: nothing", "network: nothing"))


@pytest.mark.parametrize(
    ("capabilities", "host", "works"),
    [
        (Capabilities(), RICH, False),
        (BRINGS_ALL, RICH, True),
        (BRINGS_ALL, POOR, True),
        (NEEDS_BUBBLEWRAP, RICH, True),
        (NEEDS_BUBBLEWRAP, POOR, False),
    ],
)
def test_a_sandbox_that_needs_bubblewrap_works_only_with_it(
    capabilities: Capabilities, host: HostFences, works: bool
) -> None:
    assert own_sandbox(capabilities, host) is works


def test_what_no_fence_holds_is_the_agents_own_sandboxs_to_hold() -> None:
    confined, by = confinement_of(UNHELD, inner_sandbox=True, lane=Lane("bugs"), unconfined=False)

    assert confined
    assert by == {"files": "agent", "network": "agent"}


def test_a_sandbox_that_cannot_start_holds_nothing() -> None:
    with pytest.raises(NotConfinable):
        confinement_of(UNHELD, inner_sandbox=False, lane=Lane("bugs"), unconfined=False)


def bounds(tmp_path: Path, *hide: Path) -> Bounds:
    workspace, temp = tmp_path / "state" / "workspaces" / "01", tmp_path / "state" / "s" / "tmp"
    for folder in (workspace, temp):
        folder.mkdir(parents=True, exist_ok=True)
    return Bounds(
        write=(str(workspace),),
        hide=tuple(map(str, hide)),
        show=(),
        temp=str(temp),
        network="off",
    )


def test_a_hidden_folder_around_the_session_is_named_by_its_other_entries(tmp_path: Path) -> None:
    state, secrets = tmp_path / "state", tmp_path / "secrets"
    asked = bounds(tmp_path, state, secrets)
    (state / "token").touch()
    (state / "streams").mkdir()

    hidden = hidden_beside(asked)

    assert hidden == (str(state / "streams"), str(state / "token"), str(secrets))


def test_what_lies_beside_the_sessions_own_is_hidden_at_every_depth(tmp_path: Path) -> None:
    state = tmp_path / "state"
    asked = bounds(tmp_path, state)
    others = (state / "s" / "home-of-another", state / "workspaces" / "02")
    for folder in others:
        folder.mkdir()

    assert hidden_beside(asked) == tuple(map(str, others))


def test_a_hidden_place_that_is_shown_on_purpose_is_not_named(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "private").touch()
    asked = bounds(tmp_path, keys, keys / "private")

    shown = hidden_beside(replace(asked, show=(str(keys),)))

    assert shown == (str(keys / "private"),)
