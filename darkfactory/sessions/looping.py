"""What the host does between the turns of a loop: wait for the check, go on, or end."""

from dataclasses import dataclass

from darkfactory.domain.lane import Loop
from darkfactory.domain.session import Outcome
from darkfactory.events.stream import Stream
from darkfactory.sessions.ending import Ending
from darkfactory.sessions.loop import LoopStory, Then


@dataclass(frozen=True, slots=True)
class GoOn:
    """Words with which the agent begins another turn; *name* is their control message's."""

    name: str
    words: str


class Looping:
    """The loop of one session, read from its log.

    Args:
        epoch: The run of the session, so that no message has the name of an earlier run's.
    """

    def __init__(self, loop: Loop, log: Stream, *, epoch: int) -> None:
        self._story = LoopStory(loop)
        self._log = log
        self._read_to = 0
        self._epoch = epoch
        self._asked = ""

    def step(self) -> GoOn | Ending | None:
        """Return what follows the turn that has ended, None while its check is awaited."""
        story = self._read()
        if story.then is Then.CHECK:
            return None
        if story.then is Then.END:
            return self._over(story.why_over)
        name = f"loop-{self._epoch}-{story.turns}"
        if name == self._asked:
            return self._over("the agent did not take up the next turn of its loop")
        self._asked = name
        return GoOn(name, story.words)

    def cut(self, reason: str) -> Ending:
        """Return the end of a session whose agent is gone between two turns."""
        self._read()
        return self._over(reason)

    def _read(self) -> LoopStory:
        for behind, event in self._log.read(self._read_to):
            self._read_to = behind
            self._story.tell(event)
        return self._story

    def _over(self, reason: str) -> Ending:
        """Return the end at which the best tree is offered, if what lies there now is worse."""
        story = self._story
        if not story.fell_back:
            return Ending(Outcome.PROPOSED, reason, polite=True)
        if story.best_ref:
            return Ending(Outcome.PROPOSED, reason, polite=True, instead=story.best_ref)
        why = f"{reason}; nothing it made is better than its base"
        return Ending(Outcome.FAILED, why, polite=True)
