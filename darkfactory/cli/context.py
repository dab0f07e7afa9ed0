"""Where a command runs: the repository around it, and who asks."""

import os
from pathlib import Path

from darkfactory.domain.state import STATE_NAME, StateFolder
from darkfactory.errors import NotReady


class NotInRepository(NotReady):
    """The command needs a git repository around it."""

    code = "repository.none"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is in no git repository",
            fix="change into one (or `git init` here), then run the command again",
        )


class BareRepository(NotReady):
    """The repository around has no checkout, so there is nothing to work on."""

    code = "repository.bare"

    def __init__(self, folder: Path) -> None:
        import shlex

        super().__init__(
            f"{folder} is a bare repository: it has no files to work on",
            fix=f"run the command in a checkout of it: git clone {shlex.quote(str(folder))} work",
        )


class InWorkspace(NotReady):
    """The repository around is a workspace of a factory, which gives it away and takes it back."""

    code = "repository.workspace"

    def __init__(self, folder: Path, repository: Path) -> None:
        super().__init__(
            f"{folder} is a workspace of the factory in {repository}",
            fix="run the command there",
        )


_WORKSPACES = (STATE_NAME, "workspaces")


def repository_root() -> Path:
    """Return the root of the git repository around the working folder.

    Raises:
        NotInRepository: If there is none.
        BareRepository: If it is a bare one.
        InWorkspace: If it is a workspace of a factory.
    """
    root = _root()
    owner = workspace_owner(root)
    if owner is not None:
        raise InWorkspace(root, owner)
    return root


def root_here() -> Path | None:
    """Return the root of the git repository around the working folder, None where there is none."""
    try:
        return _root()
    except (NotInRepository, BareRepository):
        return None


def workspace_owner(root: Path) -> Path | None:
    """Return the repository whose factory has a workspace at *root*, None if that is none."""
    return root.parents[3] if root.parts[-4:-2] == _WORKSPACES else None


def _is_repository(git: Path) -> bool:
    """Tell whether *git* makes its folder a repository, as git itself looks at it.

    Sandboxes of agents leave a folder of that name with nothing in it wherever they forbid one.
    """
    return git.is_file() or (git / "HEAD").is_symlink() or (git / "HEAD").is_file()


def _root() -> Path:
    try:
        here = Path.cwd()
    except FileNotFoundError as error:  # somebody has removed the folder we stand in
        raise NotInRepository(Path(os.environ.get("PWD", "."))) from error
    for folder in (here, *here.parents):
        if _is_repository(folder / ".git"):
            return folder
        if _is_bare(folder):
            raise BareRepository(folder)
    raise NotInRepository(here)


def _is_bare(folder: Path) -> bool:
    inside = ".git" in folder.parts  # of the git folder of a checkout, which is further up
    return not inside and (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def state_folder() -> StateFolder:
    """Return the state folder of the repository around the working folder.

    Raises:
        NotInRepository: If there is no repository.
        BareRepository: If it has no checkout.
        OddStateFolder: If something else lies where the state folder belongs.
    """
    from darkfactory.factory.state_folder import state_of

    return state_of(repository_root())


def who() -> str:
    """Return how the log names the person at this terminal."""
    import getpass

    try:
        return os.environ.get("DARKFACTORY_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "someone"
