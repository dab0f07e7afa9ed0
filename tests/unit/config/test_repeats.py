"""Aliases that stand for more values than any memory holds are refused before anything is built."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from darkfactory.agents.mock.checking import parse_script
from darkfactory.backlog.read import read_backlog
from darkfactory.config.loading import load_settings
from darkfactory.config.yamltree import parse, plain
from darkfactory.errors import UsageError

LAUGHS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
)
MERGES = "\n".join(
    ["a0: &a0 {k: x}"]
    + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], b: *a{n - 1}}}" for n in range(1, 40)]
)


def of_lanes(folder: Path, text: str) -> None:
    (folder / "lanes.yaml").write_text(text)
    load_settings(folder / "lanes.yaml")


def of_backlog(folder: Path, text: str) -> None:
    (folder / "backlog.yaml").write_text(text)
    read_backlog(folder, ["backlog.yaml"])


def of_script(_folder: Path, text: str) -> None:
    parse_script(text)


@pytest.mark.parametrize("text", [LAUGHS, MERGES], ids=["laughs", "merges"])
@pytest.mark.parametrize("read", [of_lanes, of_backlog, of_script])
def test_a_bomb_of_aliases_costs_nothing(
    tmp_path: Path, read: Callable[[Path, str], None], text: str
) -> None:
    began = time.process_time()

    with pytest.raises(UsageError, match="aliases repeat more than 20000 values") as caught:
        read(tmp_path, text)

    assert caught.value.fix == "use fewer aliases"
    assert time.process_time() - began < 1  # a tenth of it, without a machine that is busy


def test_aliases_that_repeat_little_are_followed() -> None:
    node = parse("a: &a [1, 2]\nb: &b [*a, *a]\nc: [*b, *b]\n")

    assert node is not None
    assert plain(node) == {"a": [1, 2], "b": [[1, 2]] * 2, "c": [[[1, 2]] * 2] * 2}
