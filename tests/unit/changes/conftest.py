"""A bare repository to commit to, without any work tree."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from darkfactory.gitio import git

Content = str | bytes | None
"""Text or bytes of a file; None takes it away."""


class BareHub:
    """Makes commits from whole files; *modes* are git's, 100644 where not told."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "hub.git"
        git("init", "--bare", "--initial-branch=main", str(self.path))
        self._index = folder / "index"

    def commit(
        self,
        files: Mapping[str, Content],
        *parents: str,
        modes: Mapping[str, str] | None = None,
        subject: str = "a commit",
        author: str = "A. Gent",
    ) -> str:
        """Return a commit of the first parent's files with *files* put over them."""
        env = {"GIT_INDEX_FILE": str(self._index)}
        self._git("read-tree", *(parents[:1] or ["--empty"]), env=env)
        entries = b""
        for path, content in files.items():
            mode = (modes or {}).get(path, "100644")
            blob = "0" * 40
            if mode == "160000":
                blob = str(content)
            elif content is not None:
                raw = content.encode() if isinstance(content, str) else content
                blob = self._git("hash-object", "-w", "--stdin", stdin=raw)
            gone = "0" if content is None else mode
            name = path.encode("utf-8", "surrogateescape")
            entries += f"{gone} {blob}\t".encode() + name + b"\0"
        self._git("update-index", "-z", "--index-info", env=env, stdin=entries)
        tree = self._git("write-tree", "--missing-ok", env=env)
        before = [part for parent in parents for part in ("-p", parent)]
        return self._git(
            "commit-tree",
            tree,
            *before,
            stdin=subject.encode(),
            env={
                "GIT_AUTHOR_NAME": author,
                "GIT_AUTHOR_DATE": "1700000000 +0000",
                "GIT_COMMITTER_DATE": "1700000000 +0000",
            },
        )

    def _git(
        self, *arguments: str, env: Mapping[str, str] | None = None, stdin: bytes | None = None
    ) -> str:
        return git("--git-dir", str(self.path), *arguments, env=env, stdin=stdin).text


@pytest.fixture
def hub(tmp_path: Path) -> BareHub:
    return BareHub(tmp_path)
