"""``df attach``: one session on the whole terminal, to follow and to steer."""

import os
import sys

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import who
from darkfactory.cli.output import hint
from darkfactory.cli.source import Ca, Place, Server, SessionOrItem, TokenFile
from darkfactory.errors import UsageError

app = new_app()


class NoScreen(UsageError):
    """The view needs a terminal to show itself on and to read keys from."""

    code = "attach.no_terminal"

    def __init__(self, session: str, options: str) -> None:
        super().__init__(
            "this is no terminal on which a view could be drawn",
            fix=f"`df sessions follow {session}{options}` prints the same log anywhere",
        )


@app.command()
def attach(
    session: SessionOrItem,
    *,
    server: Server = "",
    token_file: TokenFile = "",
    ca: Ca = "",
) -> None:
    """Follow a session on the whole terminal; what you type steers it."""
    place = Place(server, token_file, ca)
    if not _has_screen():
        raise NoScreen(session, place.options())
    from darkfactory.cli.attach_feed import Feed
    from darkfactory.cli.attach_view import AttachView

    feed = Feed()
    source = place.open(feed.note)
    found = source.find(session)
    view = AttachView(source, found, feed, by=who())
    view.show()
    if not view.has_ended:
        hint(f"left; {found} goes on without you. Back to it: df attach {found}{place.options()}")
        return
    step = source.next_step(found, ended=True, by=who())
    hint(f"Next: {step}" if step else f"{found} has ended")


def _has_screen() -> bool:
    terminal = os.environ.get("TERM", "")
    return sys.stdin.isatty() and sys.stdout.isatty() and terminal not in ("", "dumb")
