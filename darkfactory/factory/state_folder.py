"""The state folder of a repository, looked at before anything in it is believed."""

import os
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.errors import DiskFull, NotReady
from darkfactory.files import is_disk_full


class OddStateFolder(NotReady):
    """Something else lies where the state folder belongs."""

    code = "state.odd"

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path} is {what}, where a folder of the factory's own belongs",
            fix="see where it comes from, move it away, then run the command again",
        )


class StateRefused(NotReady):
    """The state folder is not ours to use: another owner, closed modes, a read-only disk."""

    code = "state.refused"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"the state folder {path} {why}",
            fix="give it back to yourself (chmod u+rwx, chown), or work in a checkout of your own: "
            "git clone",
        )


def state_of(root: Path) -> StateFolder:
    """Return the state folder of the repository at *root*, which need not exist yet.

    A link could have come with the repository, and would lead what we write elsewhere.

    Raises:
        OddStateFolder: If it is a link, or no folder.
    """
    state = StateFolder(root / ".darkfactory")
    if state.root.is_symlink():
        raise OddStateFolder(state.root, "a symbolic link")
    if state.root.exists() and not state.root.is_dir():
        raise OddStateFolder(state.root, "a file")
    return state


def make_state_folder(state: StateFolder) -> None:
    """Make the state folder, for its owner alone, unless it is there.

    Raises:
        StateRefused: If it cannot be made, or neither read nor searched.
        DiskFull: If there is no room for it.
    """
    try:
        state.root.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull(state.root) from error
        raise StateRefused(state.root, f"cannot be made: {error.strerror}") from error
    check_readable(state)


def check_readable(state: StateFolder) -> None:
    """Make sure that the state folder can be looked into.

    Raises:
        StateRefused: If not.
    """
    if not os.access(state.root, os.R_OK | os.X_OK):
        raise StateRefused(state.root, "cannot be read")


def check_writable(state: StateFolder) -> None:
    """Make sure that something can be written to the state folder.

    Raises:
        StateRefused: If not.
    """
    if not os.access(state.root, os.W_OK):
        raise StateRefused(state.root, "cannot be written")
