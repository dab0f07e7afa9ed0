"""What a session made of a skill, and what the skill cost it."""

from typing import Any

from darkfactory.domain.event import Event
from darkfactory.retro.skill_use import skill_use

INJECTED = Event(
    "skill.injected",
    {"name": "commit", "version": "1.2", "sha256": "f", "catalogue": 10, "body": 100},
)
LOADED = Event("skill.loaded", {"name": "commit"})


def request(total: int) -> Event:
    return Event("usage", {"scope": "request", "total_session": total})


def read(path: str, tokens: int) -> Event:
    return Event("skill.reference_read", {"name": "commit", "path": path, "tokens": tokens})


def use(*events: Event) -> Any:
    return skill_use("commit", "s-1", events)


def test_each_part_is_paid_for_with_every_request_after_it_was_read() -> None:
    found = use(
        INJECTED, request(500), LOADED, request(900), read("a.md", 30), request(1000), request(2000)
    )

    assert found.catalogue_tokens == 4 * 10
    assert found.body_tokens == 3 * 100
    assert found.reference_tokens == 2 * 30
    assert (found.tokens, found.share) == (400, 0.2)


def test_a_skill_that_stands_in_the_prompt_as_a_whole_is_paid_for_from_the_first_request() -> None:
    whole = Event("skill.injected", {**INJECTED.data, "deliver": "inline-all"})

    assert use(whole, request(500), request(900)).body_tokens == 2 * 100


def test_a_file_that_is_read_twice_is_counted_once() -> None:
    found = use(INJECTED, read("a.md", 30), read("a.md", 30), request(10))

    assert (found.references, found.reference_tokens) == (["a.md"], 30)


def test_a_skill_that_was_never_loaded_cost_its_catalogue_entry_alone() -> None:
    found = use(INJECTED, request(100))

    assert (found.loads, found.body_tokens, found.catalogue_tokens) == (0, 0, 10)


def test_the_last_judgement_of_a_rule_counts() -> None:
    def rule(type_: str) -> Event:
        return Event(type_, {"skill": "commit", "id": "NN-1"})

    found = use(INJECTED, rule("nn.violated"), rule("nn.kept"))

    assert (found.kept, found.violated) == (["NN-1"], [])


def test_other_skills_and_posted_words_do_not_count() -> None:
    other = Event("skill.loaded", {"name": "other"})
    posted = Event("skill.loaded", {"name": "commit"}, posted=True)

    found = use(INJECTED, other, posted, request(10))

    assert found.loads == 0


def test_a_session_that_tells_no_usage_has_no_share() -> None:
    assert use(INJECTED, LOADED).share is None
