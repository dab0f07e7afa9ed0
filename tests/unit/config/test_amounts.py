import pytest

from darkfactory.config.amounts import amount, duration_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("2h", 7200), ("1.5h", 5400), ("0.25s", 0.25), ("168h", 604800)],
)
def test_a_duration_is_its_seconds(text: str, seconds: float) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "5", "5 m", "5M", "m", "-5m", "1h30m", "0s", "0.0h", "169h", "5m\n", "\u0665m", "1e3s"],
)
def test_what_is_no_duration_of_at_most_a_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        duration_seconds(text)


@pytest.mark.parametrize(
    ("text", "number"), [("400k", 400_000), ("5M", 5_000_000), ("1.1M", 1_100_000), ("0k", 0)]
)
def test_an_amount_is_exact(text: str, number: float) -> None:
    assert amount(text) == number


@pytest.mark.parametrize("text", ["", "400", "400K", "5m", "k", "-1k", "1.2345k", "5G", "5M\n"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        amount(text)
