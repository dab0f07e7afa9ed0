import pytest

from darkfactory.config.scalars import BadYaml, meaning


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("10m", "10m"),
        ("400k", "400k"),
        ("nO", "nO"),
        ("y", "y"),
        ("2026-11-20", "2026-11-20"),
        ("8080:80", "8080:80"),
        ("1.2.3", "1.2.3"),
        ("-c", "-c"),
        ("\u0661\u0662", "\u0661\u0662"),
    ],
)
def test_a_word_that_all_readers_agree_on_has_its_meaning(word: str, value: object) -> None:
    found = meaning(word, 1)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "word",
    [
        *("yes", "No", "ON", "off", "010", "-07", "0o17", "0x1F", "0b11", "1_000"),
        *("1:30", "12:30:45", "1e3", "1.5E+3", ".inf", "-.INF", ".nan", "9" * 40, "1." + "9" * 40),
    ],
)
def test_a_word_that_readers_disagree_on_is_refused_with_a_way_out(word: str) -> None:
    with pytest.raises(BadYaml) as caught:
        meaning(word, 7)

    assert caught.value.line == 7
    assert word[:40] in caught.value.problem
    assert "quote" in caught.value.fix
