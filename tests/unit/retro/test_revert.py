"""An edit that did harm is taken back where it was made, and later edits elsewhere stay."""

from darkfactory.domain.event import Event
from darkfactory.retro.case import Evidence
from darkfactory.retro.decided import REJECTED, decisions_of, is_open
from darkfactory.retro.follow_up import FollowUp
from darkfactory.retro.revert import Back, Texts, taken_back
from darkfactory.retro.shelf import Shelved
from tests.unit.retro.lived import BODY, skill

LOST = (Evidence("s-9", 0),)
WORSE = FollowUp("rp-1", "commit", "1.1.0", 8, 20, 18, 20, "worse", 15, LOST)
WAS = Texts(BODY.format(name="commit"), "version: 1.0.0\n")
RULE = "- Run the whole suite first, because it is short.\n"
BECAME = Texts(WAS.text + RULE, "version: 1.1.0\n")


def now(text: str = BECAME.text, side: str = BECAME.side) -> Shelved:
    return skill(text=text, side=side)["commit"]


def back(held: Shelved, was: Texts = WAS, became: Texts = BECAME) -> Back:
    return taken_back(WORSE, was, became, held)


def test_the_old_text_comes_back_with_a_new_version_and_the_sessions_that_show_why() -> None:
    one = back(now()).proposal

    assert one is not None
    assert (one.type, one.versions, one.anchor) == ("REVERT", ("1.1.0", "1.2.0"), "rp-1")
    assert one.after == {
        "skills/commit/SKILL.md": WAS.text,
        "skills/commit/df.yaml": "version: 1.2.0\n",
    }
    assert (one.sessions, one.items, one.evidence) == (20, 15, LOST)
    assert "8 of 20 sessions with 1.1.0" in one.reason


def test_later_edits_elsewhere_stay() -> None:
    side = "version: 1.3.0\nlanes: [bugs]\n"
    later = BECAME.text.replace("Do it step by step.", "Do it slowly.")

    one = back(now(later, side)).proposal

    assert one is not None
    assert one.after["skills/commit/SKILL.md"] == WAS.text.replace("step by step", "slowly")
    assert one.after["skills/commit/df.yaml"] == side.replace("1.3.0", "1.4.0")


def test_a_place_that_was_edited_since_gives_no_patch_and_says_so() -> None:
    reworded = BECAME.text.replace("because it is short", "because it is slow")
    dropped = Texts(WAS.text.replace("Do it step by step.\n", ""), BECAME.side)
    beside = dropped.text.replace("# commit\n", "# commit\n\nDo it at once.\n")

    found = [back(now(reworded)), back(now(beside), became=dropped)]

    assert found == [Back(problem="the skill was edited since at the same place")] * 2


def test_what_was_taken_back_already_is_not_proposed() -> None:
    assert back(now(WAS.text, "version: 1.2.0\n")) == Back()


def test_a_rule_that_was_dropped_comes_back_in_both_files_and_what_it_brings_is_flagged() -> None:
    side = "version: {}\nnon_negotiables:\n  - {{id: NN-2, text: Say what you ran}}\n"
    rule = "  - {id: NN-1, text: Run the suite}\n"
    text = WAS.text + "- [NN-1] Run `make test` before the end.\n"
    was = Texts(text, side.format("1.0.0") + rule)
    became = Texts(WAS.text, side.format("2.0.0"))

    one = back(now(became.text, became.side), was, became).proposal

    assert one is not None
    assert one.after["skills/commit/SKILL.md"] == text
    assert one.after["skills/commit/df.yaml"] == side.format("2.1.0") + rule
    assert "a command" in one.flags


def test_an_edit_that_brought_a_non_negotiable_is_flagged_when_it_is_taken_back() -> None:
    side = "version: 1.1.0\nnon_negotiables:\n  - {id: NN-1, text: Run the suite}\n"
    became = Texts(BECAME.text, side)

    one = back(now(became.text, side), WAS, became).proposal

    assert one is not None
    assert "loosens a non-negotiable" in one.flags


def test_a_skill_that_came_or_went_as_a_whole_is_left_to_people() -> None:
    found = back(now(), was=Texts("", ""))

    assert found == Back(problem="it was more than an edit of SKILL.md")


def test_a_rejected_one_does_not_come_back() -> None:
    one = back(now()).proposal
    assert one is not None
    told = {"proposal": one.id, "by": "ada", "sessions": one.sessions, "reason": "hard weeks"}

    decided = decisions_of([Event(REJECTED, told)])

    assert not is_open(one, decided, [])
