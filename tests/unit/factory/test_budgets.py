"""The budget of a run: what sessions get, counted before they start."""

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.lane import Budget
from darkfactory.domain.settings import Limits
from darkfactory.factory.budgets import Spending, grant

WANTED = st.builds(
    Budget,
    st.one_of(st.none(), st.integers(1, 10_000)),
    st.one_of(st.none(), st.floats(0.01, 100)),
)


@given(
    st.lists(st.tuples(WANTED, st.floats(0, 1), st.booleans()), max_size=20),
    st.integers(1, 20_000),
    st.floats(0.01, 200),
    st.integers(1, 8),
)
def test_what_is_granted_never_exceeds_what_the_run_may_use(
    asked: list[tuple[Budget, float, bool]], tokens: int, usd: float, lanes: int
) -> None:
    limits = Limits(lanes=lanes, tokens=tokens, usd=usd)
    sessions: list[Spending] = []

    for wanted, share, ends in asked:
        budget = grant(wanted, limits, sessions).budget
        if budget is None:
            continue
        assert budget.tokens is not None
        assert budget.usd is not None
        used = (int(budget.tokens * share), budget.usd * share)
        sessions.append(Spending(*used, budget.tokens, budget.usd, ended=ends))
        reserved = [
            (one.tokens, one.usd) if one.ended else (one.token_limit, one.usd_limit)
            for one in sessions
        ]
        assert sum(row[0] or 0 for row in reserved) <= tokens
        assert sum(row[1] or 0 for row in reserved) <= usd * 1.000001


@given(WANTED, st.integers(1, 8))
def test_without_a_limit_of_the_run_a_lane_gets_what_it_names(wanted: Budget, lanes: int) -> None:
    running = [Spending(5, 1.0, None, None, ended=False)] * 3

    assert grant(wanted, Limits(lanes=lanes), running).budget == wanted
    assert grant(wanted, Limits(lanes=lanes, tokens=0, usd=0), running).budget == wanted


def test_a_lane_that_names_nothing_gets_an_even_share_of_the_free_slots() -> None:
    running = [Spending(0, 0.0, 100, None, ended=False)]

    given_budget = grant(Budget(minutes=3), Limits(lanes=4, tokens=1000), running).budget

    assert given_budget == Budget(tokens=300, minutes=3)


def test_what_is_used_up_or_reserved_is_refused_with_the_figure() -> None:
    limits = Limits(tokens=1000, usd=5.0)

    by_tokens = grant(Budget(), limits, [Spending(1000, 0.0, None, None, ended=True)])
    by_usd = grant(Budget(), limits, [Spending(0, 0.0, 10, 5.0, ended=False)])
    by_limitless = grant(Budget(), limits, [Spending(0, 0.0, None, None, ended=False)])

    assert [row.budget for row in (by_tokens, by_usd, by_limitless)] == [None, None, None]
    assert "1000 tokens" in by_tokens.refusal
    assert "5.00 USD" in by_usd.refusal


def test_a_session_that_ended_gives_back_what_it_did_not_use() -> None:
    limits = Limits(lanes=1, tokens=1000)

    running = grant(Budget(tokens=900), limits, [Spending(10, 0.0, 900, None, ended=False)])
    ended = grant(Budget(tokens=900), limits, [Spending(10, 0.0, 900, None, ended=True)])

    assert running.budget == Budget(tokens=100)
    assert ended.budget == Budget(tokens=900)
