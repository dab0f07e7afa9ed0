"""The ledger: tokens and money, each counted once, never falling."""

from typing import Any

import pytest

from darkfactory.agents.claude_code.usage import Ledger


def ledger(*, before: int = 0, cost: float = 0.0, resumed: bool = False) -> Ledger:
    return Ledger(total_before=before, cost_before=cost, resumed=resumed)


def usage(given: int, made: int, *, cached: int = 0, written: int = 0) -> dict[str, Any]:
    return {
        "input_tokens": given,
        "output_tokens": made,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": written,
    }


def since(given: int, made: int, cost: float) -> dict[str, Any]:
    model = {"inputTokens": given, "outputTokens": made, "costUSD": cost}
    return {"model_usage_since_last_result": {"a": model}}


def test_input_holds_what_was_cached_and_what_went_into_the_cache() -> None:
    data = ledger().message_finished("m", usage(100, 10, cached=900, written=50))

    assert data is not None
    assert (data["input"], data["cached"], data["output"]) == (1050, 900, 10)
    assert data["total_session"] == 1060


def test_a_message_is_counted_once_however_often_it_is_told() -> None:
    book = ledger()

    first = book.message_finished("m", usage(100, 10))
    again = [book.message_finished("m", usage(100, 10)), book.message_seen("m", usage(100, 10))]

    assert first is not None
    assert again == [None, None]


def test_a_message_whose_stream_is_open_waits_for_its_end() -> None:
    book = ledger()
    book.message_started("m", usage(100, 1))

    assert book.message_seen("m", usage(100, 1)) is None
    assert book.message_finished("m", usage(100, 40))["output"] == 40  # type: ignore[index]


def test_answers_that_all_bear_one_name_are_each_counted() -> None:
    book = ledger()

    for _ in range(3):
        book.message_started("msg_1", usage(100, 1))
        last = book.message_finished("msg_1", usage(100, 10))

    assert last is not None
    assert last["total_session"] == 330


def test_an_end_that_tells_less_than_the_beginning_takes_nothing_back() -> None:
    book = ledger()
    book.message_started("m", usage(100, 1, cached=50))

    data = book.message_finished("m", {"output_tokens": 10})

    assert data is not None
    assert (data["input"], data["cached"], data["output"]) == (150, 50, 10)


def test_a_turn_is_what_the_models_account_says_when_that_is_more() -> None:
    book = ledger(before=1000)
    book.message_finished("m", usage(100, 10))

    (turn,) = book.turn_finished(since(400, 40, 0.5))

    assert (turn["scope"], turn["input"], turn["output"]) == ("turn", 400, 40)
    assert turn["total_session"] == 1440


def test_a_turn_is_what_we_counted_when_the_account_says_less() -> None:
    book = ledger()
    book.message_finished("m", usage(100, 10))

    (turn,) = book.turn_finished(since(0, 0, 0.0))

    assert (turn["input"], turn["output"], turn["total_session"]) == (100, 10, 110)


def test_turns_add_up() -> None:
    book = ledger()

    totals = [book.turn_finished(since(100, 10, 0.25))[-1] for _ in range(3)]

    assert [turn["total_session"] for turn in totals] == [110, 220, 330]
    assert [turn["cost_usd"] for turn in totals] == [0.25, 0.5, 0.75]


def test_several_models_are_one_account() -> None:
    both = {
        "model_usage_since_last_result": {
            "big": {
                "inputTokens": 10,
                "outputTokens": 1,
                "cacheReadInputTokens": 5,
                "costUSD": 0.2,
            },
            "small": {"inputTokens": 20, "outputTokens": 2, "thinkingTokens": 1, "costUSD": 0.1},
        }
    }

    (turn,) = ledger().turn_finished(both)

    assert (turn["input"], turn["output"], turn["cached"], turn["reasoning"]) == (35, 3, 5, 1)
    assert turn["cost_usd"] == pytest.approx(0.3)


def test_without_the_account_the_result_itself_is_believed() -> None:
    (turn,) = ledger().turn_finished({"usage": usage(100, 10), "total_cost_usd": 0.5})

    assert (turn["input"], turn["total_session"], turn["cost_usd"]) == (100, 110, 0.5)


def test_without_the_account_a_resumed_conversation_adds_no_money_of_the_past() -> None:
    book = ledger(cost=0.5, resumed=True)

    (turn,) = book.turn_finished({"usage": usage(100, 10), "total_cost_usd": 9.0})

    assert turn["cost_usd"] == 0.5


def test_money_is_told_while_the_turn_runs() -> None:
    book = ledger(cost=1.0)
    book.cost_told("Estimated cost:        $0.0500\nTotal duration (API):  0s")

    data = book.cost_told("Estimated cost:        $0.2500\n")

    assert data is not None
    assert data["scope"] == "session"
    assert data["cost_usd"] == pytest.approx(1.2, abs=0.0002)
    assert data["cost_source"] == "agent"


def test_a_rounded_sum_never_stands_above_the_exact_one_that_follows() -> None:
    book = ledger()
    book.cost_told("Estimated cost: $0.0000")
    book.cost_told("Estimated cost: $0.0111")

    (turn,) = book.turn_finished(since(100, 10, 0.01106))

    assert turn["cost_usd"] == pytest.approx(0.01106)


def test_a_first_sum_belongs_to_the_past() -> None:
    assert ledger().cost_told("Estimated cost: $3.50") is None


@pytest.mark.parametrize("text", [None, 7, "", "no money here", "$", "$x"])
def test_a_summary_without_an_amount_tells_nothing(text: Any) -> None:
    assert ledger().cost_told(text) is None


@pytest.mark.parametrize("odd", [-5, "many", None, float("nan"), float("inf"), True, [], 10**400])
def test_odd_figures_count_for_nothing_or_for_very_much_but_never_break(odd: Any) -> None:
    book = ledger()

    data = book.message_finished("m", {"input_tokens": odd, "output_tokens": 1})
    (turn,) = book.turn_finished({"model_usage_since_last_result": {"a": {"costUSD": odd}}})

    assert data is not None
    assert 0 < data["total_session"] <= 10**15 + 1
    assert turn["total_session"] >= data["total_session"]
    assert turn["cost_usd"] >= 0
