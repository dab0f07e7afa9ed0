"""What a session has changed: as its workspace is now while it works, as it was kept afterwards."""

import os
from typing import Any

from darkfactory.errors import NotReady
from darkfactory.factory.line import Line
from darkfactory.gitio import GitFailed
from darkfactory.sessions.names import find_session
from darkfactory.sessions.spec import SessionSpec, load_end, load_spec

_DIFF_LIMIT = 512 * 1024
_SECONDS = 20.0
_FILES = 5_000
_FILE_BYTES = 4 << 20
_TOTAL_BYTES = 64 << 20


class WorkNotReadable(NotReady):
    """A workspace cannot be read just now: it is being put away, or its files are in the way."""

    code = "session.work"

    def __init__(self, session: str, why: object) -> None:
        super().__init__(
            f"what {session} has changed cannot be read now: {why}",
            fix=f"try again; `df sessions show {session}` tells where its work is",
        )


def session_work(line: Line, session: str) -> dict[str, Any]:
    """Return the diff of what *session* has made of its base, and where that was read.

    An item's name means its last session. *where*: workspace, kept, or None where nothing of it
    is here.

    Raises:
        UnknownSession: If there is no such session.
        WorkNotReadable: If its workspace cannot be read just now.
    """
    from darkfactory.changes.measure import diff_text

    session = find_session(line.state, session)
    spec = load_spec(os.fspath(line.state.session(session)))
    if spec is None:
        return {"session": session, "where": None, "base": None, "diff": ""}
    base, head, where = _range(line, spec)
    diff = ""
    if head is not None:
        diff = diff_text(line.hub.path, base, head, limit_bytes=_DIFF_LIMIT)
    return {"session": session, "where": where, "base": base, "diff": diff}


def _range(line: Line, spec: SessionSpec) -> tuple[str, str | None, str | None]:
    """Return the base of the session's work, the commit that holds it, and where it was found."""
    end = load_end(os.fspath(line.state.session(spec.session)))
    if end is None or end.epoch < spec.epoch:
        found = _now(line, spec.session)
        if found is not None:
            return (*found, "workspace")
    kept = line.hub.ref(f"refs/df/work/{spec.session}/{spec.epoch}")
    return spec.base, kept, "kept" if kept else None


def _now(line: Line, session: str) -> tuple[str, str] | None:
    """Return the base of the session's workspace and a commit of what lies in it, None without one.

    The workspace is only read. Nothing refers to the commit, so the hub forgets it in time.
    """
    from darkfactory.workspaces.intake import Limits
    from darkfactory.workspaces.snapshot import snapshot

    workspace = line.agents_pool.find(session)
    if workspace is None:
        return None
    limits = Limits(_FILE_BYTES, _FILES, _TOTAL_BYTES, _SECONDS)
    try:
        shot = snapshot(line.hub, workspace, workspace.base, limits)
        head = line.hub.commit_tree(shot.tree, [workspace.base], f"{session} so far", when=0)
    except (GitFailed, OSError) as error:
        raise WorkNotReadable(session, error) from error
    return workspace.base, head
