"""Laws of the fence: the inner of nested places counts, and both sides agree on every file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.processes import bubblewrap, landlock
from darkfactory.processes.bounds import Bounds, HostFences

Access = Literal["none", "read", "write"]
Given = Literal["hide", "show", "write"]
FOLDERS = ("a", "a/a", "a/a/a", "a/b", "b", "b/a")
FILES = tuple(f"{folder}/{name}" for folder in FOLDERS for name in ("f", "g"))
HOST = HostFences(bubblewrap="bwrap", landlock=7, sockets=True, root=False, python="/py")
READ_FILE, WRITE_FILE = 1 << 2, 1 << 1


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("tree").resolve()
    for folder in FOLDERS:
        (top / folder).mkdir()
    for file in FILES:
        (top / file).touch()
    return top


roles_of_places = st.dictionaries(
    st.sampled_from(FOLDERS + FILES), st.sampled_from(["hide", "show", "write"]), max_size=6
)


@given(roles=roles_of_places)
def test_bubblewrap_gives_every_file_what_its_nearest_place_says(
    tree: Path, roles: dict[str, Given]
) -> None:
    words = bubblewrap.command(_bounds(tree, roles), HOST)

    assert {file: _mounted(words, str(tree / file)) for file in FILES} == _expected(roles)


@given(roles=roles_of_places)
def test_landlock_gives_every_file_what_its_nearest_place_says(
    tree: Path, roles: dict[str, Given]
) -> None:
    words = landlock.command(HOST, files=_bounds(tree, roles))

    assert {file: _granted(words, tree / file) for file in FILES} == _expected(roles)


def _bounds(tree: Path, roles: dict[str, Given]) -> Bounds:
    places: dict[str, list[str]] = {"hide": [], "show": [str(tree)], "write": []}
    for path, role in roles.items():
        places[role].append(str(tree / path))
    return Bounds(
        write=tuple(places["write"]),
        hide=tuple(places["hide"]),
        show=tuple(places["show"]),
        temp="",
        network="off",
    )


def _expected(roles: dict[str, Given]) -> dict[str, Access]:
    return {file: _access(file, roles) for file in FILES}


def _access(path: str, roles: dict[str, Given]) -> Access:
    above = _access(path.rpartition("/")[0], roles) if path else "read"
    match roles.get(path):
        case "hide":
            return "none"
        case "write":
            return "write"
        case "show":
            return "write" if above == "write" else "read"
        case None:
            return above


def _mounted(words: Sequence[str], file: str) -> Access:
    """Play the mounts: the last one at or above *file* decides."""
    access: Access = "read"
    meanings: dict[str, Access] = {"--bind": "write", "--ro-bind": "read", "--ro-bind-try": "read"}
    for at, word in enumerate(words):
        if word == "--tmpfs" and _covers(words[at + 1], file):
            access = "none"
        elif word in meanings and _covers(words[at + 2], file):
            access = "none" if words[at + 1] == "/dev/null" else meanings[word]
    return access


def _granted(words: Sequence[str], file: Path) -> Access:
    """Add up the rights of every grant at or above *file*."""
    rights, given_now = 0, 0
    for at, word in enumerate(words):
        if at and words[at - 1] == "--path":
            given_now = int(word)
        elif word.startswith("/") and _covers(word, str(file)):
            rights |= given_now
    if rights & WRITE_FILE:
        return "write"
    return "read" if rights & READ_FILE else "none"


def _covers(place: str, file: str) -> bool:
    return place in ("/", file) or file.startswith(f"{place}/")
