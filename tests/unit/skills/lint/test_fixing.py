from collections.abc import Mapping
from pathlib import Path

import pytest

from darkfactory.factory.lint_skills import mend_skills
from darkfactory.skills.frontmatter import read_head

GOOD = "---\nname: a\ndescription: Use when asked.\n---\n# A\n"


def mend(folder: Path, text: str | bytes, files: Mapping[str, str] | None = None) -> bytes:
    for name, content in (files or {}).items():
        path = folder / "a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    skill = folder / "a" / "SKILL.md"
    skill.parent.mkdir(exist_ok=True)
    skill.write_bytes(text if isinstance(text, bytes) else text.encode())
    mend_skills([folder])
    return skill.read_bytes()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\ufeff" + GOOD, GOOD),
        (GOOD.replace("name: a", "name: Other"), GOOD),
        (
            GOOD.replace("Use when asked.", 'Use when: "x" is said'),
            GOOD.replace("Use when asked.", '"Use when: \\"x\\" is said"'),
        ),
        (
            GOOD.replace("description", "owner: me\ndescription").replace(
                "asked.\n", "asked.\nz: 1\n"
            ),
            GOOD.replace("asked.\n", "asked.\nmetadata:\n  owner: me\n  z: 1\n"),
        ),
        (GOOD.replace("\n", "\r\n").replace("name: a", "name: b"), GOOD.replace("\n", "\r\n")),
        (GOOD.replace("name: a\n", ""), GOOD),
        (
            GOOD.replace("name: a", "name:  'b'  # mine"),
            GOOD.replace("name: a", "name:  a  # mine"),
        ),
        (
            GOOD.replace("Use when asked.", "`a`: when asked\nlicense: MIT # yes"),
            GOOD.replace("Use when asked.", '"`a`: when asked"\nlicense: MIT # yes'),
        ),
        (
            GOOD.replace("Use when", "[new] Use when"),
            GOOD.replace("Use when asked.", '"[new] Use when asked."'),
        ),
        (
            GOOD.replace("Use when", "@x use when"),
            GOOD.replace("Use when asked.", '"@x use when asked."'),
        ),
        (
            GOOD.replace("asked.\n", "asked.\nz: 1\nmetadata:\n    b: c\n"),
            GOOD.replace("asked.\n", "asked.\nmetadata:\n    z: 1\n    b: c\n"),
        ),
        (
            GOOD.replace("asked.\n", "asked.\nmetadata:\n  b: c\nz: 1\n"),
            GOOD.replace("asked.\n", "asked.\nmetadata:\n  z: 1\n  b: c\n"),
        ),
    ],
)
def test_what_needs_no_judgement_is_mended(tmp_path: Path, before: str, after: str) -> None:
    made = mend(tmp_path, before)

    assert made.decode() == after
    assert [found.rule for found in read_head(made, "a").findings] == []


def test_a_link_gets_the_letters_of_its_file(tmp_path: Path) -> None:
    text = GOOD + "If big, read [it](References/Big.md#x) or `references/BIG.md`.\n"

    made = mend(tmp_path, text, {"references/big.md": "x"})

    assert b"[it](references/big.md#x) or `references/big.md`" in made


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "no head",
        "---\nname: a\n",
        GOOD.encode() + b"\xe9",
        "---\nname: |\n  b\ndescription: c\n---\n",
        GOOD.replace("asked.\n", "asked.\nmetadata: {z: 1}\nowner: me\n"),
        GOOD.replace("asked.\n", "asked.\nowner:\n  - me\n"),
        GOOD.replace("asked.\n", "asked.\ntags: [x\n"),
        GOOD.replace("asked.\n", "asked: it\n  goes: on\n"),
    ],
)
def test_what_needs_judgement_or_nothing_is_left_as_it_is(
    tmp_path: Path, text: str | bytes
) -> None:
    assert mend(tmp_path, text) == (text if isinstance(text, bytes) else text.encode())


def test_mending_twice_is_mending_once_and_keeps_the_mode(tmp_path: Path) -> None:
    once = mend(tmp_path, GOOD.replace("name: a", "owner: me\nname: b"))
    (tmp_path / "a" / "SKILL.md").chmod(0o600)

    written = mend_skills([tmp_path])

    assert written == []
    assert (tmp_path / "a" / "SKILL.md").read_bytes() == once
    assert (tmp_path / "a" / "SKILL.md").stat().st_mode & 0o777 == 0o600


def test_a_link_in_place_of_skill_md_is_not_written_through(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("\ufeff" + GOOD)
    (tmp_path / "lib" / "a").mkdir(parents=True)
    (tmp_path / "lib" / "a" / "SKILL.md").symlink_to(outside)

    written = mend_skills([tmp_path / "lib"])

    assert written == []
    assert outside.read_text().startswith("\ufeff")
