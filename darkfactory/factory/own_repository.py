"""A look at the user's own repository before the factory begins: branch, commits, remote.

Read by GitPython from files alone: no git command runs in the repository, so nothing that its
configuration names (hooks, filters, fsmonitor, ssh command) runs either. Imported by ``df init``.
"""

import os
import re
from configparser import Error as ConfigError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from darkfactory.workspaces.base import is_branch_name

if TYPE_CHECKING:
    from git import Repo

_BRANCHES = "refs/heads/"
_LONGEST_BRANCH = 250  # as lanes.yaml takes it
# The same order in which gh looks for the repository that issues belong to.
_REMOTES = ("upstream", "github", "origin")
_GITHUB = re.compile(
    r"(?:git@github\.com:|(?:https?|git|ssh|git\+ssh)://(?:[^/@\s]*@)?(?:ssh\.)?github\.com(?::\d+)?/)"
    r"(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,38})/(?P<name>[\w.-]{1,100}?)(?:\.git)?/?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class OwnRepository:
    """What a look at a repository tells; what it does not tell is None.

    *unread* says why nothing could be read.
    """

    branch: str | None = None
    has_commits: bool | None = None
    github: str | None = None
    unread: str | None = None


def look_at(root: Path) -> OwnRepository:
    """Return what the repository at *root* tells without running anything in it."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # a missing git is no reason to fail here
    from git import Repo
    from git.exc import GitError

    try:
        with Repo(root, search_parent_directories=False, expand_vars=False) as repository:
            branch = _branch(repository)
            heads = {head.path for head in repository.heads}
            born = f"{_BRANCHES}{branch}" in heads if branch else None
            return OwnRepository(branch, born, _github(repository))
    except (GitError, ConfigError, OSError, ValueError, TypeError) as error:
        said = " ".join(str(error).split())[:200]
        return OwnRepository(unread=said or type(error).__name__)


def _branch(repository: "Repo") -> str | None:
    """Return the checked-out branch; None where HEAD is detached, or in a form of ref unknown."""
    if repository.head.is_detached:
        return None
    path = str(repository.head.reference.path)
    branch = path.removeprefix(_BRANCHES)
    known = path != branch and len(branch) <= _LONGEST_BRANCH and is_branch_name(branch)
    return branch if known else None


def _github(repository: "Repo") -> str | None:
    """Return OWNER/REPO of the remote that is most likely to have the issues."""
    remotes = {remote.name: remote for remote in repository.remotes}
    for name in sorted(remotes, key=lambda name: (name not in _REMOTES, _place(name))):
        url = remotes[name].config_reader.get_value("url", default="")
        if found := _GITHUB.fullmatch(str(url)):
            return f"{found['owner']}/{found['name']}"
    return None


def _place(name: str) -> int:
    return _REMOTES.index(name) if name in _REMOTES else 0
