"""What several sessions show alike is found, with where; what one session shows is not proposed."""

import pytest

from darkfactory.domain.event import Event
from darkfactory.retro.case import Case, Evidence
from darkfactory.retro.finding import Finding
from darkfactory.retro.history import Fate, Verdict
from darkfactory.retro.mine import mine
from darkfactory.retro.proposal import propose
from darkfactory.retro.shelf import Shelf
from darkfactory.skills.remedy import Remedy
from tests.unit.retro.lived import BODY, case, run, skill, steer

RULE = """version: 1.0.0
non_negotiables:
  - id: NN-1
    text: Never edit a test to make it pass
    why: the harness is the ground truth
"""
FAILS = run("make test", "error: no module named calc", failed=True)
CURED = [*FAILS, *run("pip install -e ."), *run("make test")]


def found(miner: str, *cases: Case, shelf: Shelf | None = None) -> list[Finding]:
    return [one for one in mine(cases, shelf or skill()) if one.miner == miner]


def test_a_wish_that_people_had_in_three_sessions_is_found_whatever_its_wording() -> None:
    words = ["Run the linter first.", "please run the linter first", "Run  the LINTER, first!"]

    (one,) = found("M5", *(case(f"s-{at}", steer(text)) for at, text in enumerate(words)))

    assert (one.sessions, one.items, one.supported, one.skill) == (3, 3, True, "commit")
    assert one.evidence == tuple(Evidence(f"s-{at}", 100) for at in range(3))


def test_a_wish_that_something_be_not_is_another_one_than_that_it_be() -> None:
    (one,) = found("M5", *(case(f"s-{at}", steer("Please, no emojis in docs")) for at in range(3)))

    (made,) = propose(
        [one], [case(f"s-{at}", steer("no emojis in docs")) for at in range(3)], skill()
    )
    assert one.anchor == "no emojis in docs"
    assert "+- No emojis in docs: people" in made.patch


@pytest.mark.parametrize("said", ["No, run the linter first", "so please run the linter first"])
def test_a_word_that_only_begins_a_sentence_is_no_part_of_a_wish(said: str) -> None:
    (one,) = found("M5", *(case(f"s-{at}", steer(said)) for at in range(3)))

    assert one.anchor == "run the linter first"


@pytest.mark.parametrize(("said", "wishes"), [("stop", 0), ("停止", 0), ("先运行测试", 1)])
def test_a_single_word_is_no_wish_and_scripts_without_blanks_have_wishes_too(
    said: str, wishes: int
) -> None:
    assert len(found("M5", *(case(f"s-{at}", steer(said)) for at in range(3)))) == wishes


@pytest.mark.parametrize("items", [("a", "a", "a"), ("a", "b")])
def test_too_few_sessions_or_items_are_watched_and_not_supported(items: tuple[str, ...]) -> None:
    cases = [case(f"s-{at}", steer("run it all"), item=item) for at, item in enumerate(items)]

    (one,) = found("M5", *cases)

    assert not one.supported


@pytest.mark.parametrize("by", ["waffle", "df/waffle", "budget", "loop"])
def test_what_the_factory_itself_says_is_nobodys_wish(by: str) -> None:
    assert not found("M5", *(case(f"s-{at}", steer("run it all", by=by)) for at in range(3)))


def test_words_that_a_program_posted_prove_nothing() -> None:
    said = Event("control.requested", {"op": "steer", "by": "ada", "text": "a b c"}, posted=True)

    assert not found("M5", *(case(f"s-{at}", said) for at in range(3)))


def test_a_reason_that_changes_went_back_for_is_found_at_the_end_of_their_sessions() -> None:
    verdicts = [Verdict("ada", "2026-01-01", "Keep the old name.")]

    (one,) = found("M6", *(case(f"s-{at}", verdicts=verdicts) for at in range(3)))

    assert one.supported
    assert {place.offset for place in one.evidence} == {100}


def test_a_broken_rule_is_found_with_the_place_where_it_stands() -> None:
    broken = Event("nn.violated", {"id": "NN-1"})
    shelf = skill(side=RULE, rules_md="- [NN-1] Never edit a test to make it pass\n")

    (one,) = found("M1", *(case(f"s-{at}", broken) for at in range(3)), shelf=shelf)

    assert one.anchor == "NN-1"
    assert "3 of 3 sessions; it stands in references/rules.md only" in one.said


def test_a_rule_of_a_skill_that_nobody_opened_is_not_moved() -> None:
    opened = Event("skill.loaded", {"name": "commit"})
    broken = Event("nn.violated", {"id": "NN-1"})
    shelf = skill(side=RULE, rules_md="- [NN-1] Never edit a test to make it pass\n")
    cases = [case(f"s-{at}", broken) for at in range(3)]

    (unknown,) = found("M1", *cases, shelf=shelf)
    (told,) = found("M1", *cases, case("s-4", opened), shelf=shelf)

    assert unknown.remedy is Remedy.INLINE  # nobody tells what is opened: being given it counts
    assert told.remedy is Remedy.PUSH
    assert told.said.endswith("it stands in references/rules.md only: description or push")
    assert not propose([told], cases, shelf)


def test_a_rule_is_that_of_the_skill_that_the_log_names_where_two_have_one_id() -> None:
    shelf = skill(side=RULE) | skill("other", side=RULE)
    events = [
        Event("nn.kept", {"id": "NN-1", "skill": "commit"}),
        Event("nn.violated", {"id": "NN-1", "skill": "other"}),
    ]
    cases = [case(f"s-{at}", *events, skills=("commit", "other")) for at in range(3)]

    (one,) = found("M1", *cases, shelf=shelf)

    assert (one.skill, one.sessions) == ("other", 3)
    assert {place.offset for place in one.evidence} == {200}


def test_a_rule_that_was_mended_before_the_session_ended_for_good_is_kept() -> None:
    judged = [Event(type_, {"id": "NN-1"}) for type_ in ("nn.violated", "nn.kept")]

    assert not found("M1", *(case(f"s-{at}", *judged) for at in range(3)), shelf=skill(side=RULE))


def test_one_session_is_enough_where_a_broken_rule_is_enforced() -> None:
    shelf = skill(side=RULE + "    enforce: gate\n")

    (one,) = found("M1", case("s-1", Event("nn.violated", {"id": "NN-1"})), shelf=shelf)

    assert one.supported


def test_a_rule_of_a_skill_that_the_session_did_not_get_is_not_its_fault() -> None:
    broken = Event("nn.violated", {"id": "NN-1"})

    assert not found("M1", case("s-1", broken, skills=()), shelf=skill(side=RULE))


def test_one_error_of_one_command_is_found_with_what_helped() -> None:
    (one,) = found("M4", *(case(f"s-{at}", *CURED) for at in range(3)))

    assert "`make test` failed 3 times" in one.said
    assert "until `pip install -e .`" in one.said


@pytest.mark.parametrize("between", ["cat calc.py", "sed -i s/a/b/ calc.py", "cat > x <<E\n1\nE"])
def test_a_command_that_fails_until_the_code_is_right_is_no_lesson(between: str) -> None:
    work = [*FAILS, *run(between), *run("make test")]

    assert not found("M4", *(case(f"s-{at}", *work) for at in range(3)))


def test_what_each_session_helped_itself_with_otherwise_is_no_lesson() -> None:
    cases = [
        case(f"s-{at}", *FAILS, *run(f"pip install part-{at}"), *run("make test"))
        for at in range(4)
    ]

    assert not found("M4", *cases)


def test_the_form_of_a_command_that_passes_is_its_cure() -> None:
    fails = run("pytest -q tests/unit", "no module named calc", failed=True)
    cases = [case(f"s-{at}", *fails, *run("python -m pytest -q tests/unit")) for at in range(3)]

    (one,) = found("M4", *cases)

    assert "until `python -m pytest -q tests/unit`" in one.said


def test_a_failure_that_says_nothing_and_a_search_teach_nothing() -> None:
    silent = [*run("make test", "1 2 3", failed=True), *run("pip install -e ."), *run("make test")]
    search = Event("tool.started", {"call": "x", "kind": "search", "command": "find_file README"})
    empty = Event("tool.finished", {"call": "x", "status": "failed", "output": "error: none"})
    searched = [search, empty, *run("find_file README.md")]

    assert not found("M4", *(case(f"s-{at}", *silent, *searched) for at in range(3)))


def test_a_skill_that_is_given_and_not_opened_is_found_where_agents_tell() -> None:
    loads = Event("skill.loaded", {"name": "other"})
    unread = [case(f"s-{at}", loads, skills=("commit", "other")) for at in range(3)]

    assert [one.skill for one in found("M2", *unread, shelf=skill() | skill("other"))] == ["commit"]
    assert not found("M2", *(case(f"s-{at}") for at in range(3)))


def test_a_skill_that_stands_in_the_prompt_as_a_whole_needs_no_opening() -> None:
    loads = Event("skill.loaded", {"name": "other"})
    whole = Event("skill.injected", {"name": "commit", "deliver": "inline-all"})
    cases = [case(f"s-{at}", whole, loads, skills=("commit", "other")) for at in range(3)]

    assert not found("M2", *cases, shelf=skill() | skill("other"))


def test_an_event_without_a_name_tells_nothing() -> None:
    nameless = [
        Event("skill.loaded", {"name": None}),
        Event("waffle.scored", {"action": "steer", "signals": [{"name": 5}]}),
    ]

    assert not mine([case(f"s-{at}", *nameless) for at in range(3)], skill())


@pytest.mark.parametrize(("reads", "said"), [(0, "none of 20"), (20, "20 of 20")])
def test_a_reference_that_nobody_or_everybody_opens_is_found(reads: int, said: str) -> None:
    load = Event("skill.loaded", {"name": "commit"})
    read = Event("skill.reference_read", {"name": "commit", "path": "references/long.md"})
    cases = [case(f"s-{at}", load, *([read] if at < reads else [])) for at in range(20)]

    (one,) = found("M3", *cases, shelf=skill(long_md="Much.\n"))

    assert said in one.said


def test_a_signal_that_stops_sessions_with_a_skill_is_found() -> None:
    scored = Event("waffle.scored", {"action": "steer", "signals": [{"name": "same_call"}]})
    calm = Event("waffle.scored", {"action": "warn", "signals": [{"name": "hedging"}]})

    (one,) = found("M7", *(case(f"s-{at}", calm, scored) for at in range(3)))

    assert one.anchor == "same_call"


def test_a_script_that_sessions_write_anew_is_found() -> None:
    wrote = Event(
        "file.changed", {"path": "tools/count.py", "content_hash": "h", "added": 9, "removed": 0}
    )

    (one,) = found("M8", *(case(f"s-{at}", wrote) for at in range(3)))

    assert "3 sessions wrote the same 'count.py'" in one.said


def test_a_script_is_the_same_under_another_name_and_counts_once_a_session() -> None:
    named = [{"path": f"{name}.sh", "content_hash": "h", "added": 9} for name in ("a", "b", "a")]
    wrote = [Event("file.changed", data) for data in named]

    (one,) = found(
        "M8", case("s-1", wrote[0], wrote[1]), case("s-2", wrote[1]), case("s-3", wrote[2])
    )

    assert (one.sessions, one.supported) == (3, True)
    assert "3 sessions wrote the same" in one.said


def test_a_rule_that_is_kept_as_well_without_its_skill_is_found() -> None:
    kept = Event("nn.kept", {"id": "NN-1"})
    with_it = [case(f"w-{at}", kept) for at in range(20)]
    without = [case(f"o-{at}", kept, skills=()) for at in range(20)]

    (one,) = found("M9", *with_it, *without, shelf=skill(side=RULE))

    assert one.anchor == "NN-1"
    assert not found("M9", *with_it, *without[:19], shelf=skill(side=RULE))


UNMET = RULE + '    check: {trace: {before: {arg: pytest}, then: {arg: "git commit"}}}\n'
NEVER_CAME = Event("nn.kept", {"id": "NN-1", "skill": "commit", "exercised": False})


@pytest.mark.parametrize("events", [(), (NEVER_CAME,)])
def test_a_rule_whose_case_never_comes_is_found(events: tuple[Event, ...]) -> None:
    cases = [case(f"s-{at}", *events) for at in range(20)]

    (one,) = found("M9", *cases, shelf=skill(side=UNMET))

    assert one.said == "the case of NN-1 came in none of 20 sessions with the skill"
    assert not propose([one], cases, skill(side=UNMET))
    assert not found("M9", *cases[1:], shelf=skill(side=UNMET))


def test_a_rule_that_came_once_or_that_no_log_can_judge_is_not_said_to_never_come() -> None:
    cases = [case(f"s-{at}") for at in range(20)]
    met = case("s-20", Event("nn.kept", {"id": "NN-1", "skill": "commit"}))
    newer = UNMET.replace("1.0.0", "1.1.0")

    assert not found("M9", *cases, met, shelf=skill(side=UNMET))
    assert not found("M9", *cases, shelf=skill(side=newer))
    assert not found("M9", *cases, shelf=skill(side=RULE + "    check: {run: {cmd: make}}\n"))


def test_a_command_that_a_skill_names_and_that_is_gone_is_found() -> None:
    text = BODY.format(name="commit") + "\nThen run frobnicate.\n"
    gone = run("frobnicate all", "sh: frobnicate: command not found", failed=True)

    (one,) = found("M10", *(case(f"s-{at}", *gone) for at in range(3)), shelf=skill(text=text))

    assert one.anchor == "frobnicate"


@pytest.mark.parametrize(
    ("command", "output", "program"),
    [
        ("pre-commit run", "bash: line 1: pre-commit: command not found", "pre-commit"),
        ("CI=1 Frob | tee log", "sh: 1: Frob: not found", "Frob"),
        ("make all && Frob", "zsh: command not found: Frob", "Frob"),
        ("make all", "make is deprecated, use just", "make"),
    ],
)
def test_a_program_is_gone_by_whatever_name_and_shell(
    command: str, output: str, program: str
) -> None:
    text = BODY.format(name="commit") + "\nRun `make`, `pre-commit run` and Frob.\n"
    gone = [case(f"s-{at}", *run(command, output, failed=True)) for at in range(3)]

    assert [one.anchor for one in found("M10", *gone, shelf=skill(text=text))] == [program]


@pytest.mark.parametrize(
    "output", ["make: 1: frob: not found", "make: x.c: not found", "remake: not found"]
)
def test_a_program_that_says_what_is_missing_is_there_itself(output: str) -> None:
    text = BODY.format(name="commit") + "\nRun `make`.\n"
    cases = [case(f"s-{at}", *run("make all", output, failed=True)) for at in range(3)]

    assert not found("M10", *cases, shelf=skill(text=text))


def test_skills_that_contradict_each_other_are_found_where_they_were_given_together() -> None:
    shelf = skill(text=BODY.format(name="commit") + "\n- Always squash the commits.\n")
    shelf |= skill("other", BODY.format(name="other") + "\n- Never squash the commits.\n")

    (one,) = found("M11", case("s-1", skills=("commit", "other")), shelf=shelf)

    assert "commit and other contradict each other" in one.said
    assert not found("M11", case("s-1"), case("s-2", skills=("other",)), shelf=shelf)


def test_the_reasons_of_two_rules_do_not_hide_that_they_contradict_each_other() -> None:
    rules = (
        "- Never rebase shared branches, because others\n  have them.\n",
        "- Always rebase shared\n  branches because it is clean.\n",
    )
    one, other = (BODY.format(name="x") + rule for rule in rules)
    shelf = skill(text=one) | skill("other", other)

    (found_,) = found("M11", case("s-1", skills=("commit", "other")), shelf=shelf)

    assert found_.said.endswith("'Never rebase shared branches'")


def test_a_skill_whose_sessions_cost_more_and_land_no_more_is_found() -> None:
    dear = [case(f"d-{at}", tokens=200, fate=Fate.LOST) for at in range(5)]
    cheap = [case(f"c-{at}", skills=(), tokens=100) for at in range(5)]

    (one,) = found("M12", *dear, *cheap)

    assert "2.0 times the tokens" in one.said


def test_the_same_is_named_the_same_at_every_retro() -> None:
    cases = [case(f"s-{at}", steer("run it all")) for at in range(5)]

    assert {one.id for one in mine(cases[:3], skill())} == {one.id for one in mine(cases, skill())}
