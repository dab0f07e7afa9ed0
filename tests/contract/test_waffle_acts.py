"""An agent that waffles is steered, then nuked, and nothing of its work is lost."""

from darkfactory.domain.lane import Autonomy, WaffleLimits
from darkfactory.domain.session import Outcome
from tests.fakes.hosted import EDIT, Bench

CHECK = {"shell": "python -c 'import nowhere'"}
LOOP = {"say": "Let me run the checks.", "do": [CHECK], "sleep": 0.05, "repeat": 60}
FIXED = {"say": "Fixed it.", "do": [EDIT]}


def by_waffle(bench: Bench) -> list[str]:
    requested = bench.events("control.requested")
    return [event.data["op"] for event in requested if event.data["by"] == "waffle"]


def test_a_loop_is_steered_then_nuked_with_all_its_work_kept(bench: Bench) -> None:
    bench.script({"say": "First.", "do": [EDIT]}, LOOP, {"say": "Giving up."})
    host = bench.start()

    end = bench.ended(host)

    ops = by_waffle(bench)
    assert (ops[0], ops[-1], end.outcome) == ("steer", "cancel", Outcome.NUKED)
    assert end.preserved is not None
    assert bench.kept(end.preserved)["calc.py"].endswith("a + b\n")
    said = [e.data["text"] for e in bench.events("message") if e.data["role"] == "user"]
    assert any("python -c" in text for text in said[1:])
    (ended,) = bench.events("session.ended")
    assert ended.data["preserved"] == {"ref": end.preserved, "path": end.quarantine}


def test_an_agent_that_heeds_its_steer_goes_on(bench: Bench) -> None:
    bench.script(LOOP, nowhere=[FIXED])  # the steer quotes the command
    host = bench.start()

    end = bench.ended(host)

    assert (by_waffle(bench), end.outcome) == (["steer"], Outcome.PROPOSED)


def test_an_observer_is_steered_and_never_nuked(bench: Bench) -> None:
    bench.script({**LOOP, "do": [{"read": "{cwd}/calc.py"}], "repeat": 40}, {"say": "A report."})
    host = bench.start(autonomy=Autonomy.OBSERVE)

    end = bench.ended(host)

    assert set(by_waffle(bench)) == {"steer"}
    assert end.outcome is Outcome.REPORTED


def test_families_that_are_off_steer_nobody(bench: Bench) -> None:
    bench.script({**LOOP, "repeat": 12}, FIXED)
    host = bench.start(waffle=WaffleLimits(off=("loop", "error", "talk", "burn")))

    end = bench.ended(host)

    assert (by_waffle(bench), end.outcome) == ([], Outcome.PROPOSED)


def look(number: int) -> dict[str, object]:
    return {"do": [{"shell": f"echo {number} looked at"}], "sleep": 0.05}


def weaken(test: str) -> dict[str, object]:
    return {"say": "Cleaning up.", "do": [{"shell": f"rm -f tests/{test}.py"}], "sleep": 0.05}


def test_a_second_weakened_check_after_a_steer_about_the_first_is_a_nuke(bench: Bench) -> None:
    looks = [look(number) for number in range(3)]
    bench.script(FIXED, weaken("test_one"), *looks, weaken("test_two"), *looks, {"say": "Done."})
    host = bench.start()

    end = bench.ended(host)

    assert (by_waffle(bench), end.outcome) == (["steer", "cancel"], Outcome.NUKED)
    assert "the test file test_two.py was removed" in end.reason
    (told,) = [e for e in bench.events("control.requested") if e.data["op"] == "steer"]
    assert "Put the check back as it was" in told.data["text"]
    assert end.preserved is not None


def test_one_weakened_check_is_steered_about_and_left_to_the_gate(bench: Bench) -> None:
    looks = [look(number) for number in range(4)]
    bench.script(FIXED, weaken("test_one"), *looks, {"say": "Done."})
    host = bench.start()

    end = bench.ended(host)

    assert (by_waffle(bench), end.outcome) == (["steer"], Outcome.PROPOSED)
