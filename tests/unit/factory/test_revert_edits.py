"""An accepted edit since which sessions fare worse is proposed to be taken back, by itself."""

from pathlib import Path

from darkfactory.factory.judge_proposal import reject
from darkfactory.factory.learn import Learned, learn, learned_json
from darkfactory.factory.read_history import read_history
from darkfactory.gitio import git
from darkfactory.retro.history import Window
from tests.fakes.repositories import make_repository
from tests.fakes.told import ToldFactory

WAS = "---\nname: docs\ndescription: Use when docs change.\n---\n# Docs\n\n- Be short, because.\n"
BECAME = WAS + "- Be long, because.\n"
ENOUGH = 20


def lived(folder: Path) -> ToldFactory:
    """Return a factory in which an edit of ``docs`` landed, and nothing came to anything since."""
    made = make_repository(
        folder, {"skills/docs/SKILL.md": WAS, "skills/docs/df.yaml": "version: 1.0.0\n"}
    )
    landed = made.commit(
        "edit", {"skills/docs/SKILL.md": BECAME, "skills/docs/df.yaml": "version: 1.1.0\n"}
    )
    told = ToldFactory(folder)
    git("clone", "-q", "--bare", str(folder), str(told.state.hub))
    work(told, "1.0.0", "reported", range(ENOUGH // 2))
    change = told.wait("skill-rp-1", "s-x-1")
    for verb in ("approved", "queued", "testing", "landing", "landed"):
        told.tell(f"change.{verb}", change=change, by="ada", commit=landed, base=f"{landed}^")
    told.tell(
        "retro.accepted", proposal="rp-1", skill="docs", by="ada", change=change, version="1.1.0"
    )
    work(told, "1.1.0", "failed", range(ENOUGH, 2 * ENOUGH))
    return told


def work(told: ToldFactory, version: str, outcome: str, items: range) -> None:
    for item in items:
        session = told.start(str(item), skills=[{"name": "docs", "version": version}])
        told.end(session, outcome)
        told.clock.at += 1


def learned(told: ToldFactory) -> Learned:
    line = told.line
    return learn(line, read_history(line, 0.0), Window(-1.0, line.clock.now() + 1))


def test_an_edit_that_did_harm_is_proposed_to_be_taken_back_until_that_is_rejected(
    tmp_path: Path,
) -> None:
    told = lived(tmp_path)

    found = learned_json(learned(told))
    (one,) = found["proposals"]
    reject(told.line, one["id"], by="bob", reason="those were hard weeks")
    rests = learned_json(learned(told))

    assert (one["type"], one["from"], one["to"]) == ("REVERT", "1.1.0", "1.2.0")
    assert (one["finding"], one["support"]) == (None, {"sessions": ENOUGH, "items": ENOUGH})
    assert "\n-- Be long, because.\n" in one["patch"]
    (row,) = found["follow_ups"]
    assert (row["verdict"], row["revert"], row["revert_problem"]) == ("worse", one["id"], None)
    assert (rests["proposals"], rests["follow_ups"][0]["revert"]) == ([], None)
