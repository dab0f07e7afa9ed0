"""The state folder of a repository, looked at before anything in it is believed."""

from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady


class OddStateFolder(NotReady):
    """Something else lies where the state folder belongs."""

    code = "state.odd"

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path} is {what}, where a folder of the factory's own belongs",
            fix="see where it comes from, move it away, then run the command again",
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
