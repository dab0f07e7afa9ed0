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
