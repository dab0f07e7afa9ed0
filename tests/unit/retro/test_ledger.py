"""What became of each rule, and what a skill cost by weeks, reckoned from its sessions."""

from darkfactory.retro.ledger import ledger, week_of, weeks
from darkfactory.retro.skill_use import SkillUse


def use(session: str, begun: str = "2026-11-16T08:00:00Z", **more: object) -> SkillUse:
    made = SkillUse(session, begun=begun)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_a_rule_is_counted_where_it_was_kept_broken_and_where_its_case_came() -> None:
    uses = [
        use("s-1", "2026-11-01", kept=["N-1"], exercised=["N-1"]),
        use("s-2", "2026-11-03", kept=["N-1"]),
        use("s-3", "2026-11-02", violated=["N-1"], exercised=["N-1"]),
    ]
    without = [use("s-4", kept=["N-1"]), use("s-5", violated=["N-1"]), use("s-6")]

    never, row = ledger(["N-0", "N-1"], uses, without)

    assert (row.exercised, row.kept, row.violated) == (2, 2, 1)
    assert (row.kept_without_skill, row.judged_without_skill) == (1, 2)
    assert row.last_seen == "2026-11-02"
    assert (never.exercised, never.kept, never.last_seen) == (0, 0, None)


def test_a_rule_that_the_skill_no_longer_has_keeps_its_row() -> None:
    rows = ledger(["N-1"], [use("s-1", kept=["OLD"])], [])

    assert [row.rule for row in rows] == ["N-1", "OLD"]


def test_a_week_is_told_as_tokens_as_a_share_and_by_landed_change() -> None:
    uses = [
        use("s-1", body_tokens=300),
        use("s-2", "2026-11-22T23:59:59Z", catalogue_tokens=100),
        use("s-3", "2026-11-23T00:00:00Z", reference_tokens=50),
    ]

    first, second = weeks(uses, ["s-1", "other"], {"2026-W47": 4000})

    assert (first.week, first.sessions, first.tokens, first.share) == ("2026-W47", 2, 400, 0.1)
    assert (first.landed, first.per_landed) == (1, 400)
    assert (second.week, second.share, second.per_landed) == ("2026-W48", None, None)


def test_a_log_without_times_has_no_week() -> None:
    assert week_of("") == ""
    assert week_of("12345.6") == ""
