"""Which paths of a workspace differ from what its index tracks, and which cannot be committed."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from darkfactory.domain.state import is_state_path
from darkfactory.gitio import GitFailed
from darkfactory.workspaces.intake import Limits
from darkfactory.workspaces.keep import keep_of
from darkfactory.workspaces.staging import Staging
from darkfactory.workspaces.survey import Skipped, survey
from darkfactory.workspaces.tracked import Tracked, read_index, times_in_index

_MOST_INDEX_BYTES = 256 << 20
_OURS = "is in the factory's own folder, which no change may hold"


@dataclass(frozen=True, slots=True)
class Changed:
    """The *paths* to stage, those that are *gone*, what is *skipped*, and *nested* ``.git``.

    *own_rules*: ignore rules of the agent's own may leave out work of its own.
    """

    paths: tuple[bytes, ...]
    gone: tuple[bytes, ...]
    skipped: tuple[Skipped, ...]
    nested: tuple[bytes, ...]
    own_rules: bool = False


def changed(staging: Staging, start: str, limits: Limits) -> Changed:
    """Return what changed in the workspace of *staging* against its index, made for *start*.

    Counted are modified, deleted and new files that no ignore rule leaves out, files that the agent
    staged although they are ignored, and the files of repositories it made inside. Bounded by
    *limits*.

    Raises:
        GitFailed: If git cannot look through the workspace in time.
    """
    root = os.fsencode(staging.workspace.path)
    keep = keep_of(staging.workspace.keep)
    found = survey(root, keep)
    tracked, new = _listed(staging)
    tracked -= _untouched(staging, tracked, start)
    new |= _staged_by_agent(staging, start)
    ours = {path for path in tracked | new if is_state_path(os.fsdecode(path))}
    new |= set(_inside_nested(staging, root, new))
    known = read_index(staging.index, staging.hub.object_format)
    chosen = sorted(path for path in (tracked | new) - ours if not staging.excludes(path))
    inside = _filled(root, known.gitlinks)
    skipped = [*found.odd, *(Skipped(path, "is inside a submodule's folder") for path in inside)]
    skipped += [Skipped(path.rstrip(b"/"), _OURS) for path in sorted(ours)]
    named = {each.path for each in skipped}
    gone = tuple(path for path in chosen if _is_gone(root, path, known))
    paths = []
    for path in sorted(set(chosen).difference(gone)):
        reason = _unfit(root, path, limits)
        if reason is None:
            paths.append(path)
        elif reason and path not in named:
            skipped.append(Skipped(path, reason))
    bounded, left = _bounded(root, paths, known, limits)
    own_rules = any(path not in known.files or path in chosen for path in found.rules)
    return Changed(tuple(bounded), gone, (*skipped, *left), found.nested, own_rules=own_rules)


def ignored(staging: Staging) -> tuple[bytes, ...]:
    """Return what the ignore rules leave out, kept folders and our own files not counted.

    Raises:
        GitFailed: If git cannot look through the workspace in time.
    """
    keep = keep_of(staging.workspace.keep)
    answer = staging.git("ls-files", "-z", "-o", "-i", "--directory", "--exclude-standard")
    paths = (path.rstrip(b"/") for path in answer.stdout.split(b"\0") if path)
    return tuple(
        path
        for path in paths
        if not keep.holds(path, os.path.basename(path)) and not staging.excludes(path)
    )


def _listed(staging: Staging) -> tuple[set[bytes], set[bytes]]:
    """Return the tracked paths that differ and the untracked ones (a folder: with a slash)."""
    answer = staging.git("ls-files", "-t", "-z", "-m", "-d", "-o", "--exclude-standard")
    tracked: set[bytes] = set()
    new: set[bytes] = set()
    for record in answer.stdout.split(b"\0"):
        if record:
            (new if record.startswith(b"? ") else tracked).add(record[2:])
    return tracked, new


def _untouched(staging: Staging, paths: set[bytes], start: str) -> set[bytes]:
    """Return those of *paths* that nobody wrote to since the checkout.

    Some files differ from their own commit the moment they are checked out (line ends or encodings
    that the attributes do not round-trip). The time of change of a file cannot be set back. It has
    to be the one that the checkout saw, too: after a copy of everything the index may be the newer
    one although the file was written to before.
    """
    index = staging.workspace.private / "index"
    root = os.fsencode(staging.workspace.path)
    try:
        checked_out = os.stat(index).st_ctime_ns
    except FileNotFoundError:
        return set()
    times = {path: _changed_at(os.path.join(root, path)) for path in paths}
    found = {path for path, time in times.items() if time < checked_out}
    if found:
        seen = times_in_index(index, staging.hub.object_format)
        found = {path for path in found if times[path] == seen.get(path)}
    if found and start != staging.workspace.base:
        arguments = ("diff-tree", "-r", "-z", "--name-only", staging.workspace.base, start)
        found -= set(staging.git(*arguments).stdout.split(b"\0"))
    return found


def _changed_at(path: bytes) -> float:
    try:
        return os.lstat(path).st_ctime_ns
    except OSError:
        return float("inf")


def _staged_by_agent(staging: Staging, start: str) -> set[bytes]:
    """Return the files that the agent's own index adds; ignored ones are wanted all the same."""
    index = staging.workspace.git_folder / "index"
    root = os.fsencode(staging.workspace.path)
    if start == staging.workspace.base and _same_content(
        staging.workspace.private / "index", index
    ):
        return set()
    try:
        status = os.lstat(index)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_INDEX_BYTES:
            return set()
        names = staging.hub.git(
            *("diff-index", "--cached", "--name-only", "--diff-filter=A", "-z", start),
            env={"GIT_INDEX_FILE": str(index)},
            timeout_seconds=staging.seconds,
        ).stdout
    except (OSError, GitFailed):
        # Whatever it was that the agent wrote there: it is not an index.
        return set()
    return {
        name for name in names.split(b"\0") if name and os.path.lexists(os.path.join(root, name))
    }


def _same_content(ours: Path, theirs: Path) -> bool:
    """Whether the agent's file *theirs* is one, and has byte for byte what *ours* has."""
    try:
        found = os.open(theirs, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(found, "rb") as file:
            content = ours.read_bytes()
            return os.fstat(found).st_size == len(content) and file.read(len(content)) == content
    except OSError:
        return False


def _inside_nested(staging: Staging, root: bytes, new: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the files, not ignored, of the repositories that lie inside the workspace."""
    folders = [path for path in new if path.endswith(b"/")]
    files = [path for folder in folders for path in _files_below(root, folder.rstrip(b"/"))]
    if not files:
        return
    # A leading dot: a name that starts with a colon would be taken for pathspec magic.
    asked = b"".join(b"./" + path + b"\0" for path in files)
    answer = staging.git("check-ignore", "-z", "--stdin", stdin=asked, accept=(0, 1))
    out = set(answer.stdout.split(b"\0"))
    yield from (path for path in files if b"./" + path not in out)


def _files_below(root: bytes, folder: bytes) -> Iterator[bytes]:
    for parent, folders, files in os.walk(os.path.join(root, folder)):
        folders[:] = [name for name in folders if name != b".git"]
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in (*files, *links):
            if name != b".git":
                yield os.path.relpath(os.path.join(parent, name), root)


def _filled(root: bytes, gitlinks: Iterable[bytes]) -> Iterator[bytes]:
    for link in gitlinks:
        place = os.path.join(root, link)
        if os.path.isdir(place) and not os.path.islink(place):
            yield from (os.path.join(link, name) for name in os.listdir(place))


def _is_gone(root: bytes, path: bytes, known: Tracked) -> bool:
    """Whether nothing that could be committed as *path* is in its place any more."""
    place = os.path.join(root, path)
    try:
        status = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    if stat.S_ISDIR(status.st_mode) and path in known.files:
        return True
    return _is_beyond_link(root, path)


def _is_beyond_link(root: bytes, path: bytes) -> bool:
    """Whether a folder on the way to *path* is a link: what lies there is not in the workspace."""
    parent = os.path.dirname(path)
    return bool(parent) and (
        os.path.islink(os.path.join(root, parent)) or _is_beyond_link(root, parent)
    )


def _unfit(root: bytes, path: bytes, limits: Limits) -> str | None:
    """Return why *path* cannot be staged; None if it can, "" if there is nothing to say of it."""
    place = os.path.join(root, path)
    try:
        status = os.lstat(place)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if stat.S_ISLNK(status.st_mode):
        return None
    if stat.S_ISDIR(status.st_mode):
        return ""  # a submodule's folder, or a repository whose files are listed one by one
    if not stat.S_ISREG(status.st_mode):
        return "is not a file"
    if status.st_size > limits.file_bytes:
        return f"is too large ({status.st_size} bytes)"
    return None if os.access(place, os.R_OK) else "cannot be read"


def _bounded(
    root: bytes, paths: list[bytes], known: Tracked, limits: Limits
) -> tuple[list[bytes], list[Skipped]]:
    """Leave out the fullest new folders until the rest is within *limits*."""
    counts: Counter[bytes] = Counter()
    sizes: Counter[bytes] = Counter()
    for path in paths:
        if path not in known.files:
            group = _new_part(path, known.folders)
            counts[group] += 1
            sizes[group] += _size(os.path.join(root, path))
    out = _fullest(counts, limits.files, "files") | _fullest(sizes, limits.total_bytes, "bytes")
    left = [
        path for path in paths if path in known.files or _new_part(path, known.folders) not in out
    ]
    return left, [Skipped(group, reason) for group, reason in out.items()]


def _fullest(amounts: Counter[bytes], most: int, unit: str) -> dict[bytes, str]:
    """Return the groups to leave out, largest first, so that at most *most* remains."""
    left = amounts.total()
    out: dict[bytes, str] = {}
    for group, amount in amounts.most_common():
        if left <= most:
            break
        out[group] = f"holds too much ({amount} {unit})"
        left -= amount
    return out


def _new_part(path: bytes, folders: set[bytes]) -> bytes:
    """Return the topmost folder of *path* that holds nothing tracked, or *path* itself."""
    at = path.find(b"/")
    while at >= 0:
        if path[:at] not in folders:
            return path[:at]
        at = path.find(b"/", at + 1)
    return path


def _size(place: bytes) -> int:
    try:
        return os.lstat(place).st_size
    except OSError:
        return 0
