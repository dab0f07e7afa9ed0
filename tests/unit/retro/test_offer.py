"""What a person is shown, and what an agent is asked about: each finding is answered once."""

from darkfactory.domain.event import Event
from darkfactory.retro.case import Case
from darkfactory.retro.decided import ACCEPTED, decisions_of
from darkfactory.retro.drafts import Draft, Drafts
from darkfactory.retro.finding import IDLE, Finding
from darkfactory.retro.mine import mine
from darkfactory.retro.offer import Offer, Said, offer
from darkfactory.retro.shelf import Shelf
from tests.unit.retro.lived import case, skill, steer

SAID = "write small commits, because they are read"
NOTHING = Said(Drafts(), {}, [])


def wished(text: str) -> list[Case]:
    return [case(f"s-{at}", steer(text)) for at in range(3)]


def offered(text: str, said: Said = NOTHING, shelf: Shelf | None = None) -> Offer:
    cases, held = wished(text), shelf or skill()
    return offer(mine(cases, held), cases, held, said)


def test_what_a_rule_can_word_is_proposed_and_nobody_is_asked() -> None:
    found = offered("run the whole suite first")

    assert [one.type for one in found.proposals] == ["ADD_RULE"]
    assert found.unworded == ()


def test_what_no_rule_can_word_waits_for_words_with_its_skill() -> None:
    found = offered(SAID)

    ((finding, held),) = found.unworded
    assert found.proposals == ()
    assert (finding.miner, held.name) == ("M5", "commit")


def test_a_finding_whose_drafted_edit_stands_is_answered_by_rules_as_well() -> None:
    ((finding, held),) = offered(SAID).unworded
    draft = Draft(finding, held.digest, "mock", "s-d", proposal="rp-1")
    told = Event(ACCEPTED, {"proposal": "rp-1", "by": "ada", "sessions": 3, "change": "c-1"})
    decided = decisions_of([told])
    edited = skill(text=held.text.replace("small commits", "tiny commits"))

    stands = offered(SAID, Said(Drafts((draft,)), decided, ["c-1"]), edited)
    closed = offered(SAID, Said(Drafts((draft,)), decided, []), edited)

    assert stands == Offer((), ())
    assert [one.type for one in closed.proposals] == ["ADD_RULE"]


def test_nobody_is_asked_to_word_an_edit_of_a_skill_that_is_of_no_use() -> None:
    idle = Finding(IDLE, "1.0.0", "commit", "no lift", (), 40, 20, supported=True)

    found = offer([idle], [], skill(), Said(Drafts(), decided={}, alive=[]))

    assert found.unworded == ()
