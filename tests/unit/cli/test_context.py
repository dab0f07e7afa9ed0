from pathlib import Path

import pytest

from darkfactory.cli.context import workspace_owner


@pytest.mark.parametrize(
    ("root", "owner"),
    [
        ("/", None),
        ("/r", None),
        ("/tmp/r", None),
        ("/a/b/c/d/r", None),
        ("/r/.darkfactory/workspaces", None),
        ("/.darkfactory/workspaces/agents/01", "/"),
        ("/a/r/.darkfactory/workspaces/gate/02", "/a/r"),
    ],
)
def test_a_workspace_is_known_by_its_place_however_deep_a_repository_lies(
    root: str, owner: str | None
) -> None:
    assert workspace_owner(Path(root)) == (None if owner is None else Path(owner))
