"""Run by a test as another user: close folders of a workspace and lease it again."""

import os
import sys
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import open_hub
from darkfactory.workspaces.pool import Pool
from tests.fakes.repositories import Repository, make_repository

home = Path(sys.argv[1])
os.chdir(home)
os.setgroups([])
os.setgid(65534)
os.setuid(65534)  # only now: the interpreter may be in a folder of root's
user = make_repository(home / "user", {"src/deep/a.py": "a\n", "b": "b\n"})
state = StateFolder(user.path / ".darkfactory")
hub = open_hub(state, "main")
commit = hub.sync_base().commit
pool = Pool(state, "agents", hub)
first = pool.lease("s-1", commit).path
(first / "locked" / "in").mkdir(parents=True)
(first / "locked" / "in" / "work.txt").write_text("work")
(first / "secret.txt").write_text("secret")
(first / "secret.txt").chmod(0)
(first / "src" / "deep" / "a.py").write_text("changed\n")
for place in ("locked/in", "locked", "src/deep", "src", "."):
    (first / place).chmod(0 if place != "." else 0o500)
saved = pool.release("s-1")
second = Repository(pool.lease("s-2", commit).path)
kept = hub.git("cat-file", "blob", f"{saved.ref}:locked/in/work.txt").text if saved else ""
secret = saved.path / "files" / "secret.txt" if saved and saved.path else None
found = (second.status, kept, hub.git("cat-file", "blob", f"{saved.ref}:src/deep/a.py").text)  # type: ignore[union-attr]
(second.path / "shut" / "in").mkdir(parents=True)
(second.path / "shut" / "in").chmod(0)
(second.path / "shut").chmod(0)
pool.release("s-2", kept=True)
third = Repository(pool.lease("s-3", commit).path)
if third.path.joinpath("shut").exists():
    sys.stdout.write("shut folder survived ")
if found == ("", "work", "changed") and secret is not None and secret.exists():
    sys.stdout.write("clean")
else:
    sys.stdout.write(f"not clean: {found} {secret} {os.listdir(second.path)}")
