"""What running a project leaves behind is nobody's change."""

from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.collect import collect
from darkfactory.workspaces.hub import open_hub
from darkfactory.workspaces.pool import Pool
from tests.fakes.repositories import make_repository


def collected(tmp_path: Path, files: dict[str, str], *, base: dict[str, str]) -> list[str]:
    repository = make_repository(tmp_path / "repository", base)
    state = StateFolder(repository.path / ".darkfactory")
    hub = open_hub(state, "main")
    workspace = Pool(state, "agents", hub).lease("s-1", hub.sync_base().commit)
    for name, text in files.items():
        (workspace.path / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace.path / name).write_text(text)
    left = collect(hub, workspace, ref="refs/df/work/s-1/1", message="m", when=1_700_000_000)
    if left.head is None:
        return []
    names = hub.git("diff", "--name-only", workspace.base, left.head).text
    return names.splitlines()


def test_caches_of_tools_are_no_part_of_a_change(tmp_path: Path) -> None:
    files = {
        "__pycache__/calc.cpython-311.pyc": "x",
        ".pytest_cache/v/cache/nodeids": "[]",
        "deep/__pycache__/a.pyc": "x",
        "new.py": "1\n",
    }

    assert collected(tmp_path, files, base={"calc.py": "1\n"}) == ["new.py"]


def test_a_repository_that_tracks_such_files_overrules_us(tmp_path: Path) -> None:
    files = {"fixture.pyc": "new"}

    names = collected(tmp_path, files, base={".gitignore": "!*.pyc\n", "calc.py": "1\n"})

    assert names == ["fixture.pyc"]
