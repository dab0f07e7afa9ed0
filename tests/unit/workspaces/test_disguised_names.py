"""Names that other systems take for ``.git`` never enter the hub, and cost nobody any work."""

from pathlib import Path

import pytest

from tests.unit.workspaces.test_byproducts import collected


@pytest.mark.parametrize("name", [".g\u200cit/config", ".GIT/config", "git~1/config", ".git\u200c"])
def test_a_disguised_git_folder_is_left_out(tmp_path: Path, name: str) -> None:
    names = collected(tmp_path, {name: "x\n", "new.py": "1\n"}, base={"calc.py": "1\n"})

    assert names == ["new.py"]
