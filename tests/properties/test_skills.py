"""Laws of skills: no file can break the reading of a library."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.skills import find_skills
from darkfactory.skills.sidecar import read_sidecar

HEADS = st.lists(
    st.sampled_from(
        [b"---\n", b"name: a\n", b"description: b\n", b"\r\n", b"\xff", b"\xef\xbb\xbf", b"\x00"]
    )
    | st.binary(max_size=12),
    max_size=12,
).map(b"".join)


@given(HEADS, st.binary(max_size=60))
def test_whatever_the_files_hold_the_skill_is_listed(head: bytes, side: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "skills", "a")
        made.mkdir(parents=True)
        (made / "SKILL.md").write_bytes(head)
        (made / "df.yaml").write_bytes(side)

        (skill,) = find_skills(Path(folder))

        assert skill.errors or skill.description


PIECES = (
    *("version: 1\n", "lanes: ", "[a]\n", "non_negotiables:\n", "- id: A\n", "  text: b\n"),
    *("  check: {git: x}\n", "docs: 3\n", "deliver: ", "{codex: mention}\n", "no\n", "~\n", "- "),
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=80))
def test_whatever_the_sidecar_holds_each_rule_is_whole_or_found(text: str) -> None:
    sidecar = read_sidecar(text)

    assert all(rule.id and rule.text for rule in sidecar.non_negotiables)
    assert all(found.line is None or found.line >= 1 for found in sidecar.findings)
    assert len({rule.id for rule in sidecar.non_negotiables}) == len(sidecar.non_negotiables)
