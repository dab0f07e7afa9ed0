"""What pytest itself says of the tests of a change on the base without its code."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.settings import GateSettings, HarnessSettings
from darkfactory.gate.proof import prove
from darkfactory.gate.room import GateRoom
from darkfactory.gate.testing import HarnessTester
from darkfactory.processes.bounds import HostFences
from tests.fakes.gates import SETTINGS, commit_on, make_gate, offer

UNFENCED = HostFences(None, 0, sockets=False, root=False, python="")
COMMAND = f"{sys.executable} -m pytest -q -p no:cacheprovider"
SHOP = "def total(prices):\n    return sum(prices)\n"
MENDED = "def total(prices):\n    return sum(prices or ())\n"
COUNT = MENDED + "\n\ndef count(prices):\n    return len(prices)\n"
OLD_TEST = "import shop\n\n\ndef test_total():\n    assert shop.total([2, 3]) == 5\n"
ROWS = (
    "import pytest\nimport shop\n\n\n@pytest.mark.parametrize(('prices', 'sum'), [{rows}])\n"
    "def test_rows(prices, sum):\n    assert shop.total(prices) == sum\n"
)
NONE = OLD_TEST + "\n\ndef test_none():\n    assert shop.total(None) == 0\n"
NAMED = "from shop import count\n\n\ndef test_count():\n    assert count([2, 3]) == 2\n"


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    files = {
        "shop.py": SHOP,
        "conftest.py": "",
        "test_shop.py": OLD_TEST,
        "test_rows.py": ROWS.format(rows="([2], 2)"),
    }
    room, _ = make_gate(tmp_path, files)
    settings = replace(
        SETTINGS,
        harness=HarnessSettings(COMMAND, timeout_seconds=60),
        gate=GateSettings(runners=1),
    )
    return replace(
        room, test=HarnessTester(room.state, settings, room.hub, UNFENCED, unconfined=True)
    )


def proof(room: GateRoom, files: dict[str, str]) -> dict[str, Any]:
    change, _ = offer(room, "a", files)
    prove(room, change)
    return room.find(change.id).proof


def test_a_test_added_to_an_existing_file_is_named_where_it_fails_without_the_code(
    room: GateRoom,
) -> None:
    found = proof(room, {"shop.py": MENDED, "test_shop.py": NONE})

    assert (found["proves"], found["weak"]) == (True, False)
    assert found["why"] == "without its code fails what passes with it: test_shop.py::test_none"


def test_a_row_of_parameters_that_is_added_is_named_by_its_id(room: GateRoom) -> None:
    rows = ROWS.format(rows="([2], 2), (None, 0)")

    found = proof(room, {"shop.py": MENDED, "test_rows.py": rows})

    assert (found["proves"], found["weak"]) == (True, False)
    assert "test_rows.py::test_rows[None-0]" in found["why"]
    assert "[prices0-2]" not in found["why"]


def test_a_test_that_cannot_be_collected_without_the_code_is_weak_proof(room: GateRoom) -> None:
    found = proof(room, {"shop.py": COUNT, "test_count.py": NAMED})

    assert (found["proves"], found["weak"]) == (True, True)
    assert "cannot even be built or loaded" in found["why"]
    assert "test_count.py" in found["why"]


def test_a_test_that_passes_without_the_code_proves_nothing(room: GateRoom) -> None:
    more = OLD_TEST + "\n\ndef test_one():\n    assert shop.total([1]) == 1\n"

    found = proof(room, {"shop.py": MENDED, "test_shop.py": more})

    assert found["proves"] is False


def test_what_fails_on_the_base_already_is_no_proof_of_a_test_beside_it(room: GateRoom) -> None:
    red = commit_on(room.hub, room.hub.commit(room.hub.base_ref), {"test_shop.py": NONE}, "red")
    room.hub.git("update-ref", room.hub.base_ref, red)
    room.test(red, None)
    more = OLD_TEST.replace("test_total", "test_other")

    found = proof(room, {"shop.py": MENDED, "test_other.py": more})

    assert found["proves"] is False
