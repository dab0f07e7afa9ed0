"""``df run`` keeps new work apart from what waits at the gate."""

from pathlib import Path

import pytest

from darkfactory.factory.line import open_line
from tests.fakes.factories import bug, make_factory, write_note
from tests.fakes.gates import offer

pytestmark = pytest.mark.timeout(60)


def test_an_item_on_the_paths_of_an_open_change_starts_after_the_others(tmp_path: Path) -> None:
    items = [bug("near", paths=["calc.py"]), bug("far", paths=["notes/"])]
    script = {"sessions": [write_note(item["id"]) for item in items]}
    factory = make_factory(tmp_path, script, items)
    line = open_line(factory.root)
    line.hub.sync_base()
    offer(line.gate(), "waiting", {"calc.py": "mended\n"})

    factory.df("run", "--lanes", "1")
    told = factory.json("triage", "--explain", "near")

    begun = [event.data["item"] for event in factory.events() if event.type == "session.started"]
    assert begun == ["far", "near"]
    assert [text for text in told["warnings"] if "c-waiting at the gate" in text]
