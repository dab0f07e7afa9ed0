"""An id that is unknown is answered with the one that it looks like."""

import pytest

from darkfactory.errors import (
    UnknownChange,
    UnknownItem,
    UnknownLane,
    UnknownSession,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (UnknownLane("bgus", ["bugs", "docs"]), "did you mean bugs? use one of: bugs, docs"),
        (UnknownLane("DOCS", ["bugs", "docs"]), "did you mean docs? "),
        (UnknownLane("x", ["bugs", "docs"]), "use one of: "),
        (UnknownItem("ISSUE-12", ["ISSUE-1", "OTHER"]), "did you mean ISSUE-1? "),
        (UnknownItem("zzz", ["ISSUE-1"]), "`df triage`"),
        (UnknownChange("c-prase", ["c-parse", "parse"]), "did you mean c-parse? "),
        (UnknownChange("c", []), "`df gate list`"),
        (UnknownSession("s-parse-11", ["s-parse-1"]), "did you mean s-parse-1? "),
        (UnknownSession("parse", ["x"], of_item=["s-1", "s-2"]), "that is an item; its sessions: "),
    ],
)
def test_an_unknown_id_is_answered_with_what_was_meant(error: UsageError, start: str) -> None:
    assert error.fix.startswith(start)
