"""The cells of a study and the order in which they are run."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from darkfactory.evals.condition import Condition
from darkfactory.evals.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario under one condition, by one agent, the *repeat*-th time; *block* is from 0."""

    scenario: Scenario
    condition: Condition
    agent: str
    repeat: int
    block: int = 0

    @property
    def place(self) -> tuple[str, str, str, int]:
        """Which cell of the matrix it is."""
        return self.scenario.id, self.condition.name, self.agent, self.repeat


def matrix(
    scenarios: Sequence[Scenario],
    conditions: Sequence[Condition],
    agents: Sequence[str],
    repeats: int,
    *,
    seed: int,
) -> list[Cell]:
    """Return all cells in the order to run them in: the same for the same *seed*.

    A block is one repeat of one scenario: all its conditions and agents stand side by side, so
    that a model that drifts while the study runs drifts for all of them alike. Blocks, and the
    cells in each, are in random order.
    """
    draw = random.Random(seed)  # noqa: S311 - an order, not a secret
    blocks = [(scenario, repeat) for scenario in scenarios for repeat in range(1, repeats + 1)]
    draw.shuffle(blocks)
    cells: list[Cell] = []
    for number, (scenario, repeat) in enumerate(blocks):
        block = [
            Cell(scenario, condition, agent, repeat, number)
            for condition in conditions
            for agent in agents
        ]
        draw.shuffle(block)
        cells += block
    return cells
