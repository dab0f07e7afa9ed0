"""What a skill does in its scenarios is told of the very content that was tried."""

from darkfactory.evals.compare import Verdict
from darkfactory.evals.lift import lift
from darkfactory.evals.result import CellResult
from darkfactory.evals.result_lines import read_results, result_line


def study(name: str = "skill", without: str = "baseline", *, tree: str = "t1") -> list[CellResult]:
    return [
        CellResult(f"s{number}", condition, "x", 1, held, tree=tree if held else None)
        for number in range(6)
        for condition, held in ((without, 0.0), (name, 1.0))
    ]


def test_a_skill_is_held_against_the_same_without_it() -> None:
    for name, without in (("skill", "baseline"), ("mcp+skill", "mcp"), ("skill@abc", "baseline")):
        found = lift(study(name, without), "t1")

        assert found is not None
        assert (found.a, found.b, found.verdict) == (without, name, Verdict.BETTER)


def test_another_content_or_another_way_to_give_it_proves_nothing() -> None:
    assert lift(study(tree="t2"), "t1") is None
    assert lift(study("skill-inline"), "t1") is None
    assert lift(study("skill+distractors:4"), "t1") is None
    assert lift(study("what is this"), "t1") is None


def test_the_tree_and_the_version_of_a_cell_are_read_back() -> None:
    cell = CellResult("s", "skill", "x", completeness=1.0, tree="t1", version="2.1")

    assert list(read_results(result_line(cell), "f")) == [cell]
