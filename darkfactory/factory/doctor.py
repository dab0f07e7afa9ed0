"""Look at everything the factory stands on, from the host up to its own record; mends nothing."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from darkfactory.config.loading import load_settings
from darkfactory.domain.counting import counted
from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.errors import FactoryError
from darkfactory.factory import doctor_agents, doctor_host, doctor_record
from darkfactory.factory.calibrate_waffle import lane_calibrations
from darkfactory.factory.findings import Finding, attention, fine, looked, unknown
from darkfactory.factory.line import LANES_FILE
from darkfactory.factory.state_folder import state_of
from darkfactory.waffle.calibration_file import FILE


def check_up(find_root: Callable[[], Path]) -> Iterator[Finding]:
    """Yield what is found, as it is found.

    Args:
        find_root: Returns the root of the repository, or says why there is none to look at.
    """
    yield from looked("git", doctor_host.git_program)
    yield from looked("confinement", doctor_host.fences)
    looking_at = "repository"
    try:
        root = find_root()
        looking_at = "state folder"
        state = state_of(root)
    except FactoryError as error:
        yield attention(looking_at, error.problem, error.fix)
        return
    yield from looked("state folder", partial(doctor_host.state_folder, state))
    yield from looked("disk", partial(doctor_host.disk, state))
    yield from looked("space", partial(doctor_host.space, state))
    settings = None
    try:
        settings = load_settings(root / LANES_FILE)
    except FactoryError as error:
        yield attention(LANES_FILE, error.problem, error.fix)
        yield unknown("agents", f"{LANES_FILE} names them")
    yield from looked(FILE, partial(_calibrations, root))
    if settings is not None:
        yield from _lanes(state, settings)
    yield from _record(state, settings)


def _calibrations(root: Path) -> Iterator[Finding]:
    """Yield whether the lanes' calibrations can be used, if there are any."""
    if (root / FILE).exists():
        yield fine(FILE, counted(len(lane_calibrations(root)), "lane"))


def _lanes(state: StateFolder, settings: Settings) -> Iterator[Finding]:
    known = ", ".join(
        (counted(len(settings.lanes), "lane"), counted(len(settings.agents), "agent"))
    )
    if settings.lanes:
        yield fine(LANES_FILE, known)
    else:
        yield attention(LANES_FILE, "no lanes, so no item is ever started", "add one under lanes:")
    for agent in settings.agents.values():
        name = f"agent {agent.name}"
        yield from looked(name, partial(doctor_agents.program, agent, state, settings))
    for lane in settings.lanes:
        name = f"lane {lane.name}"
        yield from looked(name, partial(doctor_agents.lane, lane, state, settings))
    yield from looked("open files", partial(doctor_host.open_files, settings))
    yield from looked("base", partial(doctor_host.base, state, settings))


def _record(state: StateFolder, settings: Settings | None) -> Iterator[Finding]:
    if not state.root.is_dir():
        yield fine("record", "none yet: the first `df triage` begins it")
        return
    yield from looked("streams", partial(doctor_record.streams, state))
    yield from looked("hub", partial(doctor_record.hub, state, settings))
    yield from looked("run", partial(doctor_record.run, state))
    yield from looked("sessions", partial(doctor_record.sessions, state))
    yield from looked("engine", partial(doctor_record.engine, state))
    yield from looked("harness", partial(doctor_record.harness, state, settings))
    yield from looked("gate", partial(doctor_record.gate, state))
    yield from looked("base", partial(doctor_record.branch, state))
