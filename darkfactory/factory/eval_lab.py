"""The laboratory of a repository's evals: a factory of its own, so that no record is mixed up.

It lies below the state folder. Its hub holds what each scenario begins with and what each session
left; its streams hold what the sessions did. None of it is seen by the repository's own factory.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from darkfactory.domain.lane import Allow
from darkfactory.domain.settings import Settings, WorkspaceSettings
from darkfactory.domain.state import STATE_NAME, StateFolder
from darkfactory.errors import NotReady, UsageError
from darkfactory.evals.scenario import Scenario
from darkfactory.events.stream import Stream
from darkfactory.gitio import GitFailed, git
from darkfactory.locks import try_lock
from darkfactory.sessions.confine import expand
from darkfactory.skills.library import FOLDER as SHELF
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.refs import RefMoved, RefUpdate

FOLDER = "evals"
_LAB = "lab"
_BRANCH = "main"
_PRIVATE = ("home", "tmp")
_TOLD = frozenset({b"skills", b".agents", b".claude", b".codex", b".gemini"})
"""What a repository tells agents: a condition says what an agent is told, and nothing else."""


class EvalsRunning(NotReady):
    """Another command works in a laboratory of this repository."""

    code = "evals.running"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"another `df {folder.name}` works in {folder}",
            fix="wait until it has ended, or end it",
        )


class CommitMissing(UsageError):
    """A scenario begins with a commit that this repository does not have."""

    code = "evals.commit"

    def __init__(self, commit: str) -> None:
        super().__init__(
            f"a scenario begins with commit {commit}, which is not here",
            fix="fetch the branch that has it, or take the scenario out of the suite",
        )


class PatchFails(UsageError):
    """A patch of a scenario does not fit what the scenario begins with."""

    code = "evals.patch"

    def __init__(self, patch: Path, said: str) -> None:
        super().__init__(
            f"{patch.name} does not apply: {said}",
            fix="make it anew: git diff in a copy of the scenario's workspace/",
        )


@dataclass(frozen=True)
class Lab:
    """A laboratory below *home*, the state folder of the repository whose skills are tried.

    *room* is the folder there that it has for itself.
    """

    home: StateFolder
    settings: Settings
    room: str = FOLDER

    @cached_property
    def state(self) -> StateFolder:
        """The laboratory's own state folder."""
        return lab_of(self.home, self.room)

    @cached_property
    def hub(self) -> Hub:
        """The laboratory's hub, made on first use."""
        repository = self.state.repository
        if not (repository / ".git").exists():
            repository.mkdir(mode=0o700, parents=True, exist_ok=True)
            git("init", "--quiet", f"--initial-branch={_BRANCH}", cwd=repository)
        self.state.root.mkdir(mode=0o700, exist_ok=True)
        return open_hub(self.state, _BRANCH)

    @cached_property
    def agents(self) -> Pool:
        """The workspaces of sessions: none can read solutions, or the work of others, in git."""
        return Pool(self.state, "agents", self.hub, alone=True)

    @cached_property
    def own(self) -> Settings:
        """The settings, with paths that count from the repository made absolute.

        Workspaces are clones whatever lanes.yaml says; nothing of one session is kept for another.
        """
        root = os.fspath(self.home.repository)
        allow, agents = self.settings.allow, self.settings.agents
        return replace(
            self.settings,
            workspace=WorkspaceSettings(),
            allow=Allow(expand(allow.write, root), expand(allow.read, root), allow.connect),
            agents={
                name: replace(agent, script=agent.script and os.path.join(root, agent.script))
                for name, agent in agents.items()
            },
        )

    @cached_property
    def secret(self) -> tuple[str, ...]:
        """What a session here must not read: state, skills, and the history that holds both.

        A linked work tree has its history elsewhere, and more checkouts of the skills beside it.
        """
        repository = self.home.repository
        ask = ("rev-parse", "--path-format=absolute", "--git-common-dir")
        history = map(Path, git(*ask, cwd=repository, accept=(0, 128)).text.splitlines())
        listed = git("worktree", "list", "--porcelain", "-z", cwd=repository, accept=(0, 128)).text
        told = (field.partition(" ") for field in listed.split("\0"))
        trees = [repository, *(Path(path) for key, _, path in told if key == "worktree")]
        found = [self.home.root, repository / ".git", *history, *(tree / SHELF for tree in trees)]
        return tuple(dict.fromkeys(os.fspath(each) for each in found))

    def stream(self, session: str) -> Stream:
        """Return the log of *session*."""
        return Stream(os.fspath(self.state.streams), f"s/{session}")

    def put_away(self, session: str) -> None:
        """Give the workspace of *session*, which has ended, back; its log stays."""
        self.agents.release(session)
        for name in _PRIVATE:  # nobody takes its conversation up, and it may be large
            shutil.rmtree(self.state.session(session) / name, ignore_errors=True)

    def begin_of(self, scenario: Scenario) -> str:
        """Return the commit that *scenario* begins with; the same files give the same commit.

        Raises:
            CommitMissing: If it begins with a commit that the repository does not have.
        """
        if scenario.commit:
            return self._begin_at(scenario.commit)
        folder = scenario.workspace
        with self._index() as env:
            if folder is not None:
                tree = f"--work-tree={folder}"
                self.hub.git(tree, "add", "--all", "--force", ".", cwd=folder, env=env)
            commit = self._commit(env, "What the task begins with")
        return self._kept(commit)

    def begin_empty(self) -> str:
        """Return a commit without a file, for a session that is told all it needs."""
        tree = self.hub.git("mktree", stdin=b"").text
        return self._kept(self.hub.commit_tree(tree, (), "Nothing", when=0))

    def _begin_at(self, commit: str) -> str:
        """Take the files of *commit* over, without its past and what tells agents things."""
        if self.hub.commits([commit]) == [None]:
            source = self.source_of(commit)
            if source is None:
                raise CommitMissing(commit)
            self.hub.git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", source, commit)
        listed = self.hub.git("ls-tree", "-z", commit).stdout.split(b"\0")
        kept = [entry for entry in listed if entry and entry.split(b"\t", 1)[1] not in _TOLD]
        made = self.hub.git("mktree", "-z", stdin=b"".join(entry + b"\0" for entry in kept)).text
        return self._kept(self.hub.commit_tree(made, (), "What the task begins with", when=0))

    def source_of(self, revision: str) -> str | None:
        """Return which repository has the commit *revision*: the user's own, or the factory's hub.

        What waits at the gate is in the hub alone.
        """
        places = [self.home.repository, *([self.home.hub] if self.home.hub.exists() else [])]
        named = f"{revision}^{{commit}}"
        return next((os.fspath(place) for place in places if _names(place, named)), None)

    def lacks(self, revision: str, path: str) -> bool:
        """Tell whether the commit *revision* is known, and has no *path*."""
        source = self.source_of(revision)
        return source is not None and not _names(source, f"{revision}:{path}")

    def patched(self, commit: str, patch: Path) -> str:
        """Return the commit that *patch* makes of *commit*.

        Raises:
            PatchFails: If it does not apply.
        """
        with self._index() as env:
            self.hub.git("read-tree", commit, env=env)
            try:
                self.hub.git(
                    "apply", "--cached", "--whitespace=nowarn", os.fspath(patch.absolute()), env=env
                )
            except GitFailed as error:
                said = error.said.strip().splitlines()
                raise PatchFails(patch, said[0] if said else "git refuses it") from error
            return self._kept(self._commit(env, f"With {patch.name}", commit))

    def _commit(self, env: Mapping[str, str], message: str, *parents: str) -> str:
        return self.hub.commit_tree(
            self.hub.git("write-tree", env=env).text, parents, message, when=0
        )

    def _kept(self, commit: str) -> str:
        ref = f"refs/df/fixture/{commit}"
        if self.hub.ref(ref) is None:
            with contextlib.suppress(RefMoved):  # another session has begun with the same
                self.hub.update_refs([RefUpdate(ref, commit, None)], message="a fixture")
        return commit

    @contextlib.contextmanager
    def _index(self) -> Iterator[dict[str, str]]:
        room = self.hub.path.parent
        with tempfile.TemporaryDirectory(prefix="index-", dir=room) as folder:
            yield {"GIT_INDEX_FILE": os.path.join(folder, "index")}


def lab_of(home: StateFolder, room: str = FOLDER) -> StateFolder:
    """Return the state folder of the laboratory below *home*, which may not be there yet."""
    return StateFolder(home.root / room / _LAB / STATE_NAME)


def tells_agents(path: str) -> bool:
    """Tell whether *path* is left out of what a scenario begins with, as it tells agents things."""
    return os.fsencode(path).split(b"/", 1)[0] in _TOLD


def _names(place: str | Path, thing: str) -> bool:
    """Tell whether *thing* names something in the repository at *place*."""
    return not git("-C", os.fspath(place), "cat-file", "-e", thing, accept=(0, 1, 128)).status


@contextlib.contextmanager
def held(home: StateFolder, room: str = FOLDER) -> Iterator[Path]:
    """Be the only one who works in a laboratory of *home*; gives its folder.

    Raises:
        EvalsRunning: If somebody else does.
    """
    folder = home.root / room
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not try_lock(descriptor):
            raise EvalsRunning(folder)
        yield folder
    finally:
        os.close(descriptor)
