"""A session keeps the skills that it began with."""

from pathlib import Path

from darkfactory.domain.skill import SkillRef
from darkfactory.skills import skills_for
from darkfactory.skills.pin import PINNED, WITHHELD, Pinned, pin, pinned_in, withheld_in

SIDE = """\
version: 1.2.0
non_negotiables:
  - {id: C-1, text: Small commits, check: {git: {max_files: 3}}}
deliver: {codex: mention}
"""


def library(root: Path) -> Path:
    folder = root / "skills" / "commit"
    (folder / "references").mkdir(parents=True)
    (folder / "evals").mkdir()
    (folder / "SKILL.md").write_text("---\nname: commit\ndescription: Use it.\n---\n\nBODY\n")
    (folder / "references" / "a.md").write_text("r" * 40)
    (folder / "df.yaml").write_text(SIDE)
    return folder


def test_what_was_pinned_is_read_back_whatever_the_library_has_become(tmp_path: Path) -> None:
    folder = library(tmp_path)
    pinned = pin(skills_for(["commit"], tmp_path), tmp_path / "pins", "codex")
    (folder / "SKILL.md").write_text("changed")

    again = pinned_in(tmp_path / "pins")

    assert again == pinned
    assert (again[0].skill.path / "SKILL.md").read_text().endswith("BODY\n")
    assert again[0].skill.non_negotiables[0].check == {"git": {"max_files": 3}}


def test_a_pin_tells_how_it_is_delivered_and_what_it_costs(tmp_path: Path) -> None:
    library(tmp_path)

    (pinned,) = pin(skills_for(["commit"], tmp_path), tmp_path / "pins", "codex")

    ref = pinned.ref
    assert (ref.deliver, ref.catalogue, ref.references) == ("mention", 4, 10)
    assert ref.body == 12
    assert sorted(path.name for path in pinned.skill.path.iterdir()) == ["SKILL.md", "references"]


def test_pins_that_are_gone_or_broken_are_none(tmp_path: Path) -> None:
    library(tmp_path)
    pins = tmp_path / "pins"
    pin(skills_for(["commit"], tmp_path), pins, "mock")

    (pins / PINNED).write_text('[{"ref": 1}]')
    assert pinned_in(pins) is None

    (pins / PINNED).unlink()
    assert pinned_in(pins) is None


def test_what_was_withheld_is_read_back_with_its_rules_and_nothing_of_it_is_copied(
    tmp_path: Path,
) -> None:
    library(tmp_path)
    (skill,) = skills_for(["commit"], tmp_path)
    kept = Pinned(skill, SkillRef("commit", "1.2.0", "f" * 64, share=0.1))

    pin([], tmp_path / "pins", "mock", withheld=[kept])

    (found,) = withheld_in(tmp_path / "pins")
    assert (found.ref, found.skill.non_negotiables) == (kept.ref, skill.non_negotiables)
    assert pinned_in(tmp_path / "pins") == []
    assert not (tmp_path / "pins" / "commit").exists()


def test_a_skill_that_was_given_remembers_its_share_of_the_draw(tmp_path: Path) -> None:
    library(tmp_path)

    pin(skills_for(["commit"], tmp_path), tmp_path / "pins", "mock", shares={"commit": 0.1})

    (found,) = pinned_in(tmp_path / "pins") or []
    assert found.ref.share == 0.1


def test_withheld_skills_that_are_not_ours_to_read_are_none(tmp_path: Path) -> None:
    (tmp_path / WITHHELD).write_text('[{"ref": 1}]')

    assert withheld_in(tmp_path) == []
