from typing import Any

import pytest

from darkfactory.config.scalars import BadYaml
from darkfactory.config.yamltree import SETTINGS, line_at, parse, plain


def read(text: str) -> Any:
    tree = parse(text)
    return None if tree is None else plain(tree)


def refusal(text: str) -> BadYaml:
    with pytest.raises(BadYaml) as caught:
        read(text)
    return caught.value


def test_block_and_flow_collections_become_plain_values() -> None:
    text = "a: {b: [1, 2.5, -3, .5], c: 'it''s'}\nd:\n- true\n- null\n-\n- ~\n- word\n"

    assert read(text) == {
        "a": {"b": [1, 2.5, -3, 0.5], "c": "it's"},
        "d": [True, None, None, None, "word"],
    }


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n...\n"])
def test_a_text_without_a_document_reads_as_nothing(text: str) -> None:
    assert read(text) is None


def test_keys_are_text_even_where_yaml_1_1_reads_a_truth_or_a_number() -> None:
    assert read("off: 1\non: 2\n7: 3\ntrue: 4\n") == {"off": 1, "on": 2, "7": 3, "true": 4}


def test_anchors_aliases_and_merges_are_followed() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [*a, {x: 9, z: 4}]}\nd: *a\n"

    found = read(text)

    assert found["b"] == {"x": 1, "y": 3}
    assert found["c"] == {"x": 1, "y": 2, "z": 4}
    assert found["d"] == found["a"]


def test_a_key_that_is_here_twice_names_both_lines() -> None:
    error = refusal("a:\n  b: 1\n  c: 2\n  b: 3\n")

    assert error.line == 4
    assert "'b'" in error.problem
    assert "line 2" in error.problem


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: *nobody\n", 2, "*nobody"),
        ("a: &a [*a]\n", 1, "*a"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "tag"),
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 1\n b: 2\n", 2, "not YAML"),
        ("a: 1\nb: 'never closed\n\n\n", 2, "not YAML"),
        ("a: 1\nb: [x,\n  {y: z\n\n", 3, "never closed"),
        ("a: 1\nb: {x: [1, 2]\n\n", 2, "never closed"),
        ("a: 1\n? [x]\n: 2\n", 2, "key"),
        ("a: 1\nb: {<<: 3}\n", 2, "merges only mappings"),
        ('a: 1\nb: "\\UFFFFFFFF"\n', 2, "escape"),
        ('a: 1\nb: "\\0"\n', 2, "NUL"),
        ('a: 1\nb: "\\ud83d"\n', 2, "surrogate"),
        ("a: 1\nb: \x07\n", 2, "not YAML"),
        ("%YAML " + "9" * 5000 + ".1\n---\na\n", 1, "version"),
    ],
)
def test_what_is_not_our_yaml_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    error = refusal(text)

    assert error.line == line
    assert says in error.problem
    assert error.fix


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = '\ufeffa: "\u2028\x85"\r\nb: 2\rc: 010\n'

    assert refusal(text).line == 3


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="deep flow"),
        pytest.param("{a: " * 20_000, id="deep mapping"),
        pytest.param("- " * 100_000, id="deep block"),
        pytest.param("a: [" + "x," * 100_000 + "]", id="wide"),
        pytest.param("a: x\n" * (SETTINGS.characters // 4), id="long"),
        pytest.param(
            "a0: &a0 [x,x,x,x,x,x,x,x]\n"
            + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 8)}]\n" for n in range(1, 12)),
            id="expanding aliases",
        ),
        pytest.param(
            "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2000)),
            id="deep through aliases",
        ),
        pytest.param(
            "a: &a {"
            + ",".join(f"k{n}: 1" for n in range(2000))
            + "}\n"
            + "".join(f"b{n}: {{<<: *a}}\n" for n in range(5000)),
            id="expanding merges",
        ),
    ],
)
@pytest.mark.timeout(10)
def test_a_text_made_to_exhaust_the_reader_is_refused_soon(text: str) -> None:
    error = refusal(text)

    assert error.line >= 1
    assert len(error.problem) < 200


def test_a_line_is_found_for_keys_items_and_what_is_missing() -> None:
    tree = parse("a:\n  b:\n  - 1\n  - c: 2\n")
    assert tree

    places = [(), ("a",), ("a", "b"), ("a", "b", 1), ("a", "b", 1, "c"), ("a", "gone"), ("b", 7)]

    assert [line_at(tree, place) for place in places] == [1, 1, 2, 4, 4, 1, 1]


@pytest.mark.parametrize("text", ["a:\n- [Would I maintain this?]", "a:\n  {b: Is it small?}"])
def test_a_question_without_quotes_inside_brackets_is_told_to_be_quoted(text: str) -> None:
    error = refusal(text)

    assert (error.line, "ends with `?`" in error.problem) == (2, True)
    assert error.fix == 'quote it, as in ["Would I maintain this?"]'
