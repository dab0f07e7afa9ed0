"""Where a skill is taken from: ``DIR``, ``DIR@REV``, ``URL`` or ``URL@REV``, of git or a folder."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from darkfactory.config.problems import shown
from darkfactory.errors import UsageError

_SCHEMES = ("https", "http", "ssh", "git", "file")
_SCP = re.compile(r"[\w.-]+@[\w.-]+:(?!/)[^@]+")
_GITHUB = re.compile(r"github:([\w-]+)/([\w.-]+)")
_REVISION = re.compile(r"(?!-)[\w./~^-]{1,200}")


class BadSource(UsageError):
    """A text that names no place to take skills from."""

    code = "skill.source"

    def __init__(self, said: str, why: str) -> None:
        super().__init__(
            f"{shown(said)} {why}",
            fix="name a folder, or git: DIR[@REV], https://…[@REV], github:OWNER/REPO[@REV]",
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A place. *git* is what git fetches from, empty for a plain folder at *folder*.

    *revision* is what was asked for behind ``@``, *below* the folder of it that is meant; *shown*
    names the place without secrets.
    """

    shown: str
    folder: str = ""
    git: str = ""
    revision: str = ""
    below: str = ""

    @property
    def is_here(self) -> bool:
        """Whether it lies on this machine's disk."""
        return os.path.isdir(self.git)

    @property
    def by_ssh(self) -> bool:
        """Whether git needs the user's ssh to get there."""
        return self.git.startswith("ssh:") or _SCP.fullmatch(self.git) is not None


def parse_source(said: str) -> Source:
    """Return the place that *said* names. A folder of that very name counts first.

    Raises:
        BadSource: If it names none.
    """
    if os.path.isdir(said) and not _is_store(said):
        return Source(os.path.abspath(said), folder=os.path.abspath(said))
    place, revision = _parted(said)
    if revision and not _is_revision(revision):
        raise BadSource(said, "has no revision behind its @")
    hub = _GITHUB.fullmatch(place)
    if hub is not None:
        url = f"https://github.com/{hub[1]}/{hub[2]}"
        return Source(url, git=url, revision=revision)
    if os.path.isdir(place):
        whole = os.path.realpath(place)
        top = whole if _is_store(whole) else work_tree_of(whole) or whole
        below = "" if whole == top else os.path.relpath(whole, top)
        return Source(os.path.abspath(place), git=top, revision=revision, below=below)
    if place.partition("://")[0] in _SCHEMES and "://" in place:
        return Source(_without_secrets(place), git=place, revision=revision)
    if _SCP.fullmatch(place):
        return Source(place, git=place, revision=revision)
    raise BadSource(said, "is neither a folder nor a git repository")


def work_tree_of(folder: str) -> str:
    """Return the top of the git work tree that *folder* lies in, empty for none."""
    path = Path(os.path.realpath(folder))
    return os.fspath(next((each for each in (path, *path.parents) if _is_top(each / ".git")), ""))


def _is_top(mark: Path) -> bool:
    """Tell whether *mark* is a ``.git`` that git would take for one: a file, or a repository."""
    return mark.is_file() or (mark / "HEAD").exists()


def _is_store(folder: str) -> bool:
    """Tell whether *folder* is a repository of git without a work tree."""
    return all(os.path.exists(os.path.join(folder, name)) for name in ("HEAD", "objects", "refs"))


def _parted(said: str) -> tuple[str, str]:
    """Return *said* before and behind the ``@`` of a revision.

    The ``@`` of a user in front of a host is none.
    """
    place, at, revision = said.rpartition("@")
    if not at or not place or place.endswith("//") or "://" in revision or ":" in revision:
        return said, ""
    if "://" in place and "/" not in place.partition("://")[2]:  # https://user@host/…
        return said, ""
    return place, revision


def _is_revision(text: str) -> bool:
    return _REVISION.fullmatch(text) is not None and ".." not in text


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
