"""Skills on probation are proposed to be retired, with what says so."""

from darkfactory.retro.decay import Judged, Known, Standing, Trial
from darkfactory.retro.holdouts import Arm, Holdout
from darkfactory.retro.idle_skills import idle_skills
from darkfactory.retro.proposal import propose
from tests.unit.retro.lived import skill

SHELF = {**skill("commit"), **skill("docs")}
TRIAL = Trial(0.0, 20, 0.0, (0.0, 0.0), "no difference", cells=120)
HOLDOUT = Holdout(
    "commit", "1.0.0", Arm(90, 50, 100), Arm(10, 6, 12), 0.0, (0, 0), 1.0, "x", ("s-1", "s-2")
)


def judged(known: Known, *, live: bool = False) -> dict[str, tuple[Known, Judged]]:
    return {known.name: (known, Judged(Standing.PROBATION, "it does nothing", "df retro", live))}


def test_what_evals_say_counts_cells_and_scenarios_and_names_no_session() -> None:
    (found,) = idle_skills(judged(Known("commit", TRIAL)), SHELF)

    assert (found.sessions, found.items, found.evidence) == (120, 20, ())


def test_what_a_holdout_says_names_the_sessions_that_went_without() -> None:
    (found,) = idle_skills(judged(Known("commit", TRIAL, HOLDOUT), live=True), SHELF)

    assert (found.sessions, found.items) == (112, 100)
    assert [place.session for place in found.evidence] == ["s-1", "s-2"]


def test_a_skill_that_another_requires_or_that_has_not_landed_is_let_be() -> None:
    needs = {**SHELF, **skill("docs", side="version: 1.0.0\nrequires: [commit]\n")}

    assert list(idle_skills(judged(Known("commit", TRIAL)), needs)) == []
    assert list(idle_skills(judged(Known("other", TRIAL)), SHELF)) == []


def test_only_probation_is_a_finding() -> None:
    fine = {"commit": (Known("commit", TRIAL), Judged(Standing.STALE, "old"))}

    assert list(idle_skills(fine, SHELF)) == []


def test_the_proposal_moves_the_skill_and_is_flagged() -> None:
    side = "version: 1.0.0\nnon_negotiables: [{id: N-1, text: Never}]\n"
    shelf = skill("commit", side=side)

    (found,) = propose(list(idle_skills(judged(Known("commit", TRIAL)), shelf)), [], shelf)

    assert (found.type, found.versions) == ("RETIRE", ("1.0.0", "1.0.0"))
    assert found.flags == ("takes the whole skill out of use", "loosens a non-negotiable")
    assert found.tokens < 0
    assert found.patch.count("rename to skills/retired/commit/") == 2
