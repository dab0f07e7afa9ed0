import os
from pathlib import Path

import pytest

from darkfactory.domain.skill import NonNegotiable, Skill, SkillDocs
from darkfactory.skills import find_skills, skills_for
from darkfactory.skills.library import SkillInvalid, UnknownSkill

HEAD = "---\nname: {name}\ndescription: Use when committing.\n---\n# Commit\n"


def shelve(root: Path, name: str, text: str | bytes | None = None, side: str | None = None) -> Path:
    folder = root / "skills" / name
    folder.mkdir(parents=True)
    raw = HEAD.format(name=name) if text is None else text
    (folder / "SKILL.md").write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    if side is not None:
        (folder / "df.yaml").write_text(side)
    return folder


def only(root: Path) -> Skill:
    (skill,) = find_skills(root)
    return skill


def found(skill: Skill) -> list[tuple[str, str, str, int | None]]:
    return [(odd.rule, odd.severity, odd.file, odd.line) for odd in skill.findings]


def test_a_skill_is_its_head_and_its_sidecar(tmp_path: Path) -> None:
    side = """\
version: 1.10
lanes: [bugs, docs]
non_negotiables:
  - id: NN-TEST-1
    text: Never edit a test to make it pass
    why: the harness is the ground truth
    check: {git: {untouched: ["tests/**"]}}
    enforce: gate
  - {id: NN-2, text: Small commits}
docs: [{url: "https://example.org/changelog", when: before a schema change}]
deliver: {codex: mention, default: inline-nn}
"""
    folder = shelve(tmp_path, "commit", side=side)

    assert only(tmp_path) == Skill(
        name="commit",
        path=folder.resolve(),
        description="Use when committing.",
        version="1.10",
        lanes=("bugs", "docs"),
        non_negotiables=(
            NonNegotiable(
                "NN-TEST-1",
                "Never edit a test to make it pass",
                "the harness is the ground truth",
                {"git": {"untouched": ["tests/**"]}},
                "gate",
            ),
            NonNegotiable("NN-2", "Small commits"),
        ),
        docs=(SkillDocs("https://example.org/changelog", "before a schema change"),),
        deliver={"codex": "mention", "default": "inline-nn"},
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("check: {git: {max_files: 1}}, enforce: hook", "only gate enforces"),
        ("enforce: gate", "without a check"),
        ("check: {run: make}, enforce: gate", "lets nothing land alone"),
    ],
)
def test_an_enforce_that_does_not_do_what_it_says_is_told(
    tmp_path: Path, rule: str, said: str
) -> None:
    shelve(tmp_path, "commit", side=f"non_negotiables: [{{id: NN-1, text: Be good, {rule}}}]\n")

    told = [odd for odd in only(tmp_path).findings if said in odd.message]

    assert [(odd.rule, odd.severity) for odd in told] == [("S012", "warning")]


def test_what_prompts_leave_out_of_a_rule_is_told(tmp_path: Path) -> None:
    rules = f"[{{id: A, text: {'x' * 301}}}, {{id: B, text: b, why: {'y' * 300}}}]"
    shelve(tmp_path, "commit", side=f"non_negotiables: {rules}\n")

    (told,) = only(tmp_path).findings

    assert (told.rule, told.severity) == ("S012", "warning")
    assert told.message.startswith("non_negotiables[0].text has 301 characters")


def test_a_skill_without_a_sidecar_takes_its_version_from_its_metadata(tmp_path: Path) -> None:
    head = "---\nname: {0}\ndescription: Use.\n{1}---\n"
    shelve(tmp_path, "a", head.format("a", "metadata:\n  version: 2.0\n  author: x\n"))
    shelve(tmp_path, "b", head.format("b", ""))

    assert [skill.version for skill in find_skills(tmp_path)] == ["2.0", "0"]


def test_skills_come_by_name_and_folders_without_skill_md_are_none(tmp_path: Path) -> None:
    shelve(tmp_path, "zeta")
    shelve(tmp_path, "alpha")
    (tmp_path / "skills" / "notes").mkdir()
    (tmp_path / "skills" / "skills.lock.json").write_text("{}")
    shelve(tmp_path, ".hidden")

    assert [skill.name for skill in find_skills(tmp_path)] == ["alpha", "zeta"]


def test_a_repository_without_skills_has_none(tmp_path: Path) -> None:
    assert find_skills(tmp_path) == []

    (tmp_path / "skills").write_text("a file\n")

    assert find_skills(tmp_path) == []


def test_windows_line_ends_and_multi_line_values_are_read(tmp_path: Path) -> None:
    text = '---\nname: "commit"\ndescription: >\n  Use when: you\n  commit.\n---\nbody\n---\n'
    shelve(tmp_path, "commit", text.replace("\n", "\r\n"))

    skill = only(tmp_path)

    assert (skill.description, skill.findings) == ("Use when: you commit.", ())


def test_a_line_of_dashes_inside_a_value_does_not_end_the_head(tmp_path: Path) -> None:
    shelve(tmp_path, "a", "---\nname: a\ndescription: x --- y\nlicense: MIT\n---\n")

    assert only(tmp_path).description == "x --- y"


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("# no head\n", [("S001", "error", "SKILL.md", 1)]),
        ("", [("S001", "error", "SKILL.md", 1)]),
        ("---\nname: a\n", [("S001", "error", "SKILL.md", 1)]),
        ("---\n- a\n---\n", [("S001", "error", "SKILL.md", 2)]),
        ("---\nname: a\ndescription: b: c\n---\n", [("S001", "error", "SKILL.md", 3)]),
        ("---\nname: a\nx: 1\nname: a\n---\n", [("S001", "error", "SKILL.md", 4)]),
        ("---\n" + "[" * 1000 + "\n---\n", [("S001", "error", "SKILL.md", 2)]),
        ("---\nname: A b\ndescription: c\n---\n", [("S003", "error", "SKILL.md", 2)]),
        ("---\ndescription: c\n---\n", [("S003", "error", "SKILL.md", 1)]),
        ("---\nname: b\ndescription: c\n---\n", [("S004", "warning", "SKILL.md", 2)]),
        ("---\nname: a\n---\n", [("S005", "error", "SKILL.md", 1)]),
        ("---\nname: a\ndescription:\n---\n", [("S005", "error", "SKILL.md", 3)]),
        ("---\nname: a\ndescription: [c]\n---\n", [("S005", "error", "SKILL.md", 3)]),
        (f"---\nname: a\ndescription: {'x' * 1025}\n---\n", [("S006", "error", "SKILL.md", 3)]),
        (b"\xef\xbb\xbf---\nname: a\ndescription: c\n---\n", [("S002", "error", "SKILL.md", 1)]),
        (b"---\nname: a\ndescription: caf\xe9\n---\n", [("S002", "error", "SKILL.md", 3)]),
        (b"---\nname: a\ndescription: c\x00\n---\n", [("S001", "error", "SKILL.md", 3)]),
        (b"x" * (2 << 20), [("S001", "error", "SKILL.md", None)]),
    ],
)
def test_an_odd_skill_is_listed_with_its_finding(
    tmp_path: Path, text: str | bytes, findings: list[tuple[str, str, str, int | None]]
) -> None:
    shelve(tmp_path, "a", text)

    assert found(only(tmp_path)) == findings


@pytest.mark.parametrize(
    ("side", "line", "says"),
    [
        ("version: [1]\n", 1, "version must be a version"),
        ("- a\n", 1, "must be a mapping"),
        ("a: [\n", 1, "never closed"),
        ("version: 1.0\nlanes: bugs\n", 2, "lanes must be a list"),
        ("lanes:\n- a\n- 3\n", 3, "lanes[1] must be text, not 3"),
        ("non_negotiables: {a: b}\n", 1, "must be a list"),
        ("non_negotiables:\n- text\n", 2, "must be a mapping"),
        ("non_negotiables:\n- {id: A}\n", 2, "has no text"),
        ("non_negotiables:\n- {text: A}\n", 2, "has no id"),
        ("non_negotiables:\n- {id: A, text: 3}\n", 2, "must be text, not 3"),
        ("non_negotiables:\n- {id: A b, text: x}\n", 2, "must be a word"),
        ("non_negotiables:\n- {id: A, text: x}\n- {id: A, text: y}\n", 3, "no other rule has"),
        ("non_negotiables:\n- {id: A, text: x, check: [1]}\n", 2, "check must be a mapping"),
        ("docs:\n- {when: always}\n", 2, "has no url"),
        ("deliver:\n  codex: shout\n", 2, "must be one of catalog"),
        ("deliver: [mention]\n", 1, "must be a mapping of agent kinds"),
    ],
)
def test_a_wrong_value_in_the_sidecar_is_an_error_with_its_line(
    tmp_path: Path, side: str, line: int, says: str
) -> None:
    shelve(tmp_path, "a", side=side)

    (odd,) = only(tmp_path).errors

    assert (odd.rule, odd.file, odd.line) == ("S012", "df.yaml", line)
    assert says in odd.message


def test_an_unknown_key_in_the_sidecar_is_a_warning_that_names_the_nearest(tmp_path: Path) -> None:
    shelve(tmp_path, "a", side="verson: 1\nnon_negotiables: [{id: A, text: x, becuase: y}]\n")

    skill = only(tmp_path)

    assert [odd.rule for odd in skill.findings] == ["S013", "S013"]
    assert "did you mean version?" in skill.findings[0].message
    assert skill.errors == ()
    assert [rule.id for rule in skill.non_negotiables] == ["A"]


@pytest.mark.parametrize("side", ["", "# nothing\n", "deliver: mention\n"])
def test_a_short_sidecar_is_fine(tmp_path: Path, side: str) -> None:
    shelve(tmp_path, "a", side=side)

    assert only(tmp_path).findings == ()


def test_a_sidecar_that_is_not_utf_8_or_a_link_is_an_error(tmp_path: Path) -> None:
    (shelve(tmp_path, "a") / "df.yaml").write_bytes(b"version: \xff\n")
    (shelve(tmp_path, "b") / "df.yaml").symlink_to("SKILL.md")

    for skill in find_skills(tmp_path):
        assert [(odd.rule, odd.file) for odd in skill.errors] == [("S012", "df.yaml")]


def test_a_folder_reached_through_a_link_is_not_read(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    shelve(outside, "secret")
    (root / "skills").mkdir(parents=True)
    (root / "skills" / "secret").symlink_to(outside / "skills" / "secret")

    skill = only(root)

    assert found(skill) == [("I012", "error", ".", None)]
    assert skill.description == ""


def test_skills_behind_a_linked_shelf_are_not_read(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    shelve(outside, "secret")
    root.mkdir()
    (root / "skills").symlink_to(outside / "skills")

    assert found(only(root)) == [("I012", "error", ".", None)]


def test_a_repository_reached_through_a_link_is_no_reason_to_refuse(tmp_path: Path) -> None:
    root = tmp_path / "root"
    shelve(root, "commit")
    (tmp_path / "alias").symlink_to(root)

    assert only(tmp_path / "alias").findings == ()


def test_a_linked_or_special_skill_md_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(HEAD.format(name="a"))
    linked, pipe = shelve(tmp_path, "a"), shelve(tmp_path, "b")
    for folder in (linked, pipe):
        (folder / "SKILL.md").unlink()
    (linked / "SKILL.md").symlink_to(tmp_path / "secret")
    os.mkfifo(pipe / "SKILL.md")

    for skill in find_skills(tmp_path):
        assert ("S001", "error", "SKILL.md", None) in found(skill)
        assert skill.description == ""


def test_chosen_skills_come_in_the_order_of_the_lane(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        shelve(tmp_path, name)

    assert [skill.name for skill in skills_for(["c", "a"], tmp_path)] == ["c", "a"]
    assert skills_for([], tmp_path) == ()


def test_an_unknown_skill_names_the_nearest(tmp_path: Path) -> None:
    shelve(tmp_path, "commit")
    shelve(tmp_path, "run-tests")

    with pytest.raises(UnknownSkill, match="did you mean commit") as caught:
        skills_for(["comit"], tmp_path)

    assert (caught.value.code, caught.value.exit_status) == ("skill.unknown", 2)
    assert "commit, run-tests" in caught.value.fix


def test_an_unknown_skill_where_there_are_none_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownSkill) as caught:
        skills_for(["commit"], tmp_path)

    assert "SKILL.md" in caught.value.fix


def test_a_chosen_skill_with_an_error_is_refused_and_one_beside_it_is_not(tmp_path: Path) -> None:
    shelve(tmp_path, "good")
    shelve(tmp_path, "bad", "no head")

    with pytest.raises(SkillInvalid, match=r"skill bad, SKILL\.md line 1") as caught:
        skills_for(["good", "bad"], tmp_path)

    assert (caught.value.code, caught.value.exit_status) == ("skill.invalid", 2)
    assert [skill.name for skill in skills_for(["good"], tmp_path)] == ["good"]
