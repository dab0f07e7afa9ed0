"""The order of cells: blocks side by side, random, and the same for the same seed."""

from itertools import groupby
from pathlib import Path

from darkfactory.evals.condition import parse_condition
from darkfactory.evals.matrix import Cell, matrix
from darkfactory.evals.scenario import Scenario

SCENARIOS = [Scenario(name, Path(name), "p", ()) for name in ("a", "b", "c")]
CONDITIONS = [parse_condition(name) for name in ("baseline", "mcp", "mcp+skill")]


def cells(seed: int) -> list[Cell]:
    return matrix(SCENARIOS, CONDITIONS, ["x", "y"], 2, seed=seed)


def test_every_cell_is_there_once() -> None:
    places = [cell.place for cell in cells(1)]

    assert len(places) == len(set(places)) == 3 * 3 * 2 * 2


def test_a_block_is_one_repeat_of_one_scenario_side_by_side() -> None:
    blocks = [
        {(cell.scenario.id, cell.repeat) for cell in block}
        for _, block in groupby(cells(1), key=lambda cell: cell.block)
    ]

    assert len(blocks) == 6
    assert all(len(block) == 1 for block in blocks)


def test_the_seed_alone_decides_the_order() -> None:
    order = [cell.place for cell in cells(1)]

    assert [cell.place for cell in cells(1)] == order
    assert [cell.place for cell in cells(2)] != order
    first = [next(iter(block)).condition.name for block in _blocks(cells(1))]
    assert len(set(first)) > 1  # no condition is always first


def _blocks(given: list[Cell]) -> list[list[Cell]]:
    return [list(block) for _, block in groupby(given, key=lambda cell: cell.block)]
