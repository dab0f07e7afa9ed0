"""A base that turned red somewhere along a line of commits, without git and without waiting."""

from collections.abc import Collection
from dataclasses import dataclass, field

from darkfactory.gate.blame import Course, Do, Step, advise

LINE = tuple(f"c{number}" for number in range(256))


@dataclass
class World:
    """A base that went along LINE up to *length* commits, red from *bad* on; it does as it is told.

    *known* is what runs have said. *now* are the commits whose next run says something else.
    """

    length: int
    bad: int
    accepted: str = ""
    start: int = 0
    known: dict[str, bool] = field(default_factory=dict)
    flips: Collection[str] = ()
    broken: Collection[str] = ()
    again: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    held: bool = False
    told: Step | None = None
    runs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known |= {LINE[self.start]: True, self.tip: self.length <= self.bad}

    @property
    def tip(self) -> str:
        return LINE[self.length - 1]

    def step(self) -> Step:
        searched = self.told is not None
        line = LINE[: self.length]
        return advise(
            Course(
                self.tip,
                line,
                self.start,
                green=self.known,
                again=self.again,
                silent=self.silent,
                held=self.held,
                searched=searched,
                accepted=self.accepted,
            )
        )

    def run(self, commit: str, *, again: bool) -> None:
        self.runs.append(commit)
        if commit in self.broken:
            self.silent.add(commit)
            return
        green = LINE.index(commit) < self.bad
        self.known[commit] = green != (commit in self.flips)
        if again:
            self.again.add(commit)

    def settle(self) -> list[Do]:
        """Do what is advised until nothing is; return the steps that are recorded."""
        recorded: list[Do] = []
        while (step := self.step()).do is not Do.NOTHING:
            if step.do in (Do.TEST, Do.AGAIN):
                self.run(step.commit, again=step.do is Do.AGAIN)
                continue
            recorded.append(step.do)
            self.held = step.do is not Do.THAW
            self.told = step if step.do in (Do.BLAME, Do.GIVE_UP) else self.told
        return recorded
