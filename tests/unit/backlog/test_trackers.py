import io
import json
from pathlib import Path
from typing import Any

from darkfactory.backlog.read import read_backlog
from darkfactory.domain.item import Item


def issues(tmp_path: Path, *bodies: dict[str, Any]) -> list[Item]:
    return list(read_backlog(tmp_path, ["-"], stdin=io.StringIO(json.dumps(bodies))).items)


def beads(tmp_path: Path, *bodies: dict[str, Any]) -> list[Item]:
    folder = tmp_path / ".beads"
    folder.mkdir(exist_ok=True)
    lines = "".join(json.dumps(body) + "\n" for body in bodies)
    (folder / "issues.jsonl").write_text(lines)
    return list(read_backlog(tmp_path, [".beads/issues.jsonl"]).items)


def bead(name: str, *dependencies: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": name.upper(),
        "status": "open",
        "priority": 2,
        "issue_type": "task",
        "created_at": "2026-01-01T00:00:00Z",
        "dependencies": [
            {"issue_id": name, "depends_on_id": other, "type": kind} for other, kind in dependencies
        ],
        **more,
    }


def test_a_github_issue_gets_an_id_that_can_be_typed(tmp_path: Path) -> None:
    issue = {
        "number": 12,
        "title": "Login crashes",
        "body": "Steps\r\n1. x",
        "labels": [{"id": "x", "name": "bug", "color": "f00"}, {"name": "priority:high"}],
        "url": "https://github.com/o/r/issues/12",
    }

    items = issues(tmp_path, issue)

    assert items == [
        Item(
            id="gh-12",
            title="Login crashes",
            body="Steps\n1. x",
            labels=("bug", "priority:high"),
            priority="P1",
            url="https://github.com/o/r/issues/12",
        )
    ]


def test_more_fields_of_github_do_no_harm(tmp_path: Path) -> None:
    issue = {"number": 3, "title": "x", "state": "CLOSED", "body": None, "assignees": [{}]}

    (item,) = issues(tmp_path, issue)

    assert item == Item(id="gh-3", title="x", closed=True)


def test_pull_requests_of_the_rest_interface_are_no_items_and_counted(tmp_path: Path) -> None:
    pull = {"number": 3, "title": "x", "pull_request": {}}
    text = json.dumps([pull, {"number": 4, "title": "y"}])

    found = read_backlog(tmp_path, ["-"], stdin=io.StringIO(text))

    assert [item.id for item in found.items] == ["gh-4"]
    assert found.warnings == ("stdin: pull requests are no items: 1 left out",)


def test_a_bead_is_read_with_all_it_says(tmp_path: Path) -> None:
    (item,) = beads(
        tmp_path,
        bead(
            "bd-1",
            description="What.",
            design="How.",
            acceptance_criteria="make test",
            labels=["ui"],
            priority=0,
            issue_type="bug",
            external_ref="https://example.com/1",
            comments=[{"text": "x"}],
        ),
    )

    assert item == Item(
        id="bd-1",
        title="BD-1",
        body="What.\n\n## Design\nHow.",
        labels=("ui", "bug"),
        priority="P0",
        done_when="make test",
        url="https://example.com/1",
    )


def test_only_blocking_dependencies_of_beads_block(tmp_path: Path) -> None:
    item, *_ = beads(
        tmp_path,
        bead("c", ("a", "blocks"), ("b", "waits-for"), ("d", "related"), ("e", "discovered-from")),
    )

    assert item.blocked_by == ("a", "b")


def test_a_blocked_epic_blocks_its_children(tmp_path: Path) -> None:
    _, _, child = beads(
        tmp_path,
        bead("epic", ("x", "blocks")),
        bead("part", ("epic", "parent-child")),
        bead("step", ("part", "parent-child"), ("y", "blocks")),
    )

    assert child.blocked_by == ("y", "x")


def test_parents_in_a_circle_end(tmp_path: Path) -> None:
    items = beads(tmp_path, bead("a", ("b", "parent-child")), bead("b", ("a", "parent-child")))

    assert [item.blocked_by for item in items] == [(), ()]


def test_standing_of_beads(tmp_path: Path) -> None:
    items = beads(
        tmp_path,
        bead("a", status="closed"),
        bead("b", status="tombstone"),
        bead("c", status="in_progress"),
        bead("d", status="deferred"),
        bead("e", status="blocked"),
        bead("f", ("a", "blocks"), status="blocked"),
        bead("g", issue_type="message"),
    )

    assert [(item.closed, item.held) for item in items] == [
        (True, None),
        (True, None),
        (False, None),
        (False, "its status is 'deferred'"),
        (False, "its status is 'blocked'"),
        (False, None),
        (False, "its status is 'message'"),
    ]


def test_the_folder_of_beads_is_a_source(tmp_path: Path) -> None:
    beads(tmp_path, bead("a"))

    items = list(read_backlog(tmp_path, [".beads"]).items)

    assert [item.id for item in items] == ["a"]
