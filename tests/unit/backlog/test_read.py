import io
from pathlib import Path

import pytest

from darkfactory.backlog.entry import BrokenBacklog
from darkfactory.backlog.read import BacklogMissing, DuplicateItemId, LiveForge, read_backlog


def test_all_default_sources_that_exist_are_read(tmp_path: Path) -> None:
    (tmp_path / "backlog.yaml").write_text("- title: One\n")
    (tmp_path / "backlog.md").write_text("- [ ] Two\n")
    (tmp_path / "backlog").mkdir()
    (tmp_path / "backlog" / "three.md").write_text("# Three\n")

    items = list(read_backlog(tmp_path, None).items)

    assert [item.id for item in items] == ["one", "two", "three"]


def test_no_backlog_at_all_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(BacklogMissing) as caught:
        read_backlog(tmp_path, None)

    assert (caught.value.code, caught.value.exit_status) == ("backlog.missing", 2)
    assert "df init" in caught.value.fix


@pytest.mark.parametrize("source", ["gone.yaml", "", "a\0b", "x" * 5000])
def test_a_source_that_is_not_there_is_named(tmp_path: Path, source: str) -> None:
    with pytest.raises(BacklogMissing):
        read_backlog(tmp_path, [source])


def test_no_sources_are_no_items(tmp_path: Path) -> None:
    assert list(read_backlog(tmp_path, []).items) == []


def test_one_id_in_two_places_names_both(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- title: Fix it\n")
    (tmp_path / "b.md").write_text("- [ ] Other\n- [ ] fix it!\n")

    with pytest.raises(DuplicateItemId) as caught:
        read_backlog(tmp_path, ["a.yaml", "b.md"])

    assert caught.value.code == "backlog.duplicate_id"
    assert caught.value.problem == "two items have the id 'fix-it': a.yaml:1 and b.md:2"


@pytest.mark.parametrize("text", ["- {id: A, title: x}\n- {id: a, title: y}\n", "- one\n- One\n"])
def test_ids_that_differ_in_case_are_one_file_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)

    with pytest.raises(DuplicateItemId):
        read_backlog(tmp_path, ["a.yaml"])


def test_a_source_given_twice_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- title: x\n")

    with pytest.raises(DuplicateItemId):
        read_backlog(tmp_path, ["a.yaml", "a.yaml"])


def test_a_live_forge_is_refused_with_the_command_to_export_it(tmp_path: Path) -> None:
    with pytest.raises(LiveForge) as caught:
        read_backlog(tmp_path, ["github:octo/repo"])

    assert caught.value.code == "backlog.live_forge"
    assert (
        "gh issue list --json number,title,body,labels,url --repo octo/repo > issues.json"
        in caught.value.fix
    )


def test_a_forge_name_never_becomes_part_of_a_command(tmp_path: Path) -> None:
    with pytest.raises(LiveForge) as caught:
        read_backlog(tmp_path, ["github:$(rm -rf x)"])

    assert "rm -rf" not in caught.value.fix


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('[{"title": "One"}]', "One"),
        ('{"title": "One"}\n{"title": "Two"}', "One"),
        ("- [ ] One #bug", "One"),
        ("- title: One", "One"),
        ("---\ntitle: One\n---\nBody", "One"),
    ],
)
def test_standard_input_is_recognised_by_what_it_holds(
    tmp_path: Path, text: str, title: str
) -> None:
    items = list(read_backlog(tmp_path, ["-"], stdin=io.StringIO(text)).items)

    assert items[0].title == title


def test_standard_input_that_is_not_text_is_refused(tmp_path: Path) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"- \xff"), encoding="utf-8", errors="surrogateescape")

    with pytest.raises(BrokenBacklog):
        read_backlog(tmp_path, ["-"], stdin=stdin)


def test_a_file_that_is_not_text_names_the_byte(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"- title: caf\xe9\n")

    with pytest.raises(BrokenBacklog) as caught:
        read_backlog(tmp_path, ["a.yaml"])

    assert caught.value.problem == "a.yaml: not UTF-8 text at byte 12"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf[{"title": "One"}]')

    items = list(read_backlog(tmp_path, ["a.json"]).items)

    assert items[0].id == "one"
