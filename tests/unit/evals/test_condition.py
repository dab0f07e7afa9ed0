"""Names of conditions: what each gives a session, and what is none."""

import pytest

from darkfactory.evals.condition import Condition, UnknownCondition, parse_condition


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("baseline", Condition("baseline")),
        ("mcp", Condition("mcp", mcp=True)),
        ("mcp+skill", Condition("mcp+skill", "native", mcp=True)),
        ("skill", Condition("skill", "native")),
        ("skill@old", Condition("skill@old", "native", "old")),
        ("skill@v1.2/x", Condition("skill@v1.2/x", "native", "v1.2/x")),
        ("skill@HEAD~1", Condition("skill@HEAD~1", "native", "HEAD~1")),
        ("mcp+skill@v1^2", Condition("mcp+skill@v1^2", "native", "v1^2", mcp=True)),
        ("skill@@{upstream}", Condition("skill@@{upstream}", "native", "@{upstream}")),
        ("skill-inline", Condition("skill-inline", "inline")),
        ("null-skill", Condition("null-skill", "null")),
        ("distractors", Condition("distractors", "native", distractors=4)),
        ("skill+distractors:8", Condition("skill+distractors:8", "native", distractors=8)),
        ("mcp+null-skill", Condition("mcp+null-skill", "null", mcp=True)),
    ],
)
def test_a_name_says_what_a_session_is_given(name: str, condition: Condition) -> None:
    assert parse_condition(name) == condition


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "names ''"),
        ("skil", "names 'skil'"),
        ("skill+null-skill", "twice"),
        ("mcp+mcp", "twice"),
        ("skill@--output=x", "which is none"),
        ("skill@HEAD:skills", "which is none"),
        ("distractors:99", "more than 50"),
        ("baseline+skill", "names 'baseline'"),
    ],
)
def test_what_is_no_condition_is_refused_with_the_known_ones(name: str, why: str) -> None:
    with pytest.raises(UnknownCondition) as caught:
        parse_condition(name)

    assert why in caught.value.problem
    assert "mcp+skill" in caught.value.fix
