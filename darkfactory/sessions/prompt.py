"""The words that a session starts with; pure, so that a test can read them."""

from collections.abc import Sequence

from darkfactory.domain.item import Item
from darkfactory.domain.lane import Autonomy, Lane, Loop

_RULES = {
    Autonomy.OBSERVE: (
        "You may only read. Change no file and run no command that does. Your last message is the "
        "report that will be attached to the item."
    ),
    Autonomy.SUGGEST: (
        "You may edit files here. Each shell command waits for a person's approval; one that is "
        "not answered is denied, so prefer reading and editing."
    ),
    Autonomy.PROPOSE: (
        "You may edit files and run commands in this workspace. You have no push or merge rights "
        "and need none: what you leave in the tree becomes the change that is reviewed."
    ),
    Autonomy.LAND: (
        "You may edit files and run commands in this workspace. You have no push or merge rights "
        "and need none: what you leave in the tree is tested and may land without a person."
    ),
}

_CUT_OFF = (
    "You were cut off: {reason}. The workspace is as you left it; look before you go on, commands "
    "that were running are gone. Finish the item."
)

_ANSWERED = {
    "approve": "A person has approved what you asked for; ask for it again: {command}",
    "deny": "A person has refused what you asked for; do without it: {command}",
}

_SUMMARY = (
    "End with a short summary: what you changed and why, which checks you ran and what they said, "
    "what is still open or risky. Claim nothing that you have not seen; the harness is run again "
    "on what you leave."
)


def first_prompt(
    item: Item,
    lane: Lane,
    *,
    harness: str | None,
    skills: str = "",
    lessons: str = "",
) -> str:
    """Return the prompt of a fresh attempt at *item*."""
    parts = [
        f"# {item.id}: {item.title}",
        item.body.strip(),
        _facts(item),
        _RULES[lane.autonomy],
        f"The project's own check is: `{harness}`" if harness else "",
        _owns(lane.owns),
        _loop(lane.loop),
        skills.strip(),
        lane.prompt.strip(),
        lessons.strip(),
        _SUMMARY,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def resume_prompt(
    item: Item, reason: str, *, mention: str = "", answers: Sequence[tuple[str, str]] = ()
) -> str:
    """Return the prompt that takes up a conversation which was cut off.

    Args:
        answers: The commands that were approved or denied meanwhile, each with what was said.
    """
    parts = [
        f"# {item.id}: {item.title} (continued)",
        _CUT_OFF.format(reason=reason),
        "\n".join(_ANSWERED[op].format(command=command) for command, op in answers),
        mention,
        _SUMMARY,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def rework_prompt(item: Item, message: str, *, mention: str = "") -> str:
    """Return the prompt that sends a change back to the conversation it came from."""
    parts = [
        f"# {item.id}: {item.title} (rework)",
        "Your change came back. Answer each point below: fix it, or say why not.",
        message.strip(),
        mention,
        _SUMMARY,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(item: Item) -> str:
    lines = [
        f"Labels: {', '.join(item.labels)}" if item.labels else "",
        f"Paths: {', '.join(item.paths)}" if item.paths else "",
        f"Done when: {item.done_when}" if item.done_when else "",
        f"Source: {item.url}" if item.url else "",
    ]
    return "\n".join(line for line in lines if line)


def _loop(loop: Loop | None) -> str:
    if loop is None:
        return ""
    often = "each of your turns" if loop.every == 1 else f"every {loop.every} of your turns"
    what = f"`{loop.command}` is run and its last number read; {loop.better} is better"
    if loop.command is None:
        what = "the failing tests of that check are counted; fewer are better"
    return (
        f"You work in a loop: after {often} {what}. You are told, and go on with another turn. It "
        f"ends after {loop.patience} such measurements without a gain; the best state is kept. End "
        "your turn after each step that may have brought one."
    )


def _owns(owns: Sequence[str]) -> str:
    if not owns:
        return ""
    return f"This lane owns: {', '.join(owns)}. Edits elsewhere are flagged in review."
