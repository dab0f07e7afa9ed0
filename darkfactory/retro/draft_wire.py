"""The one form in which a drafting agent may answer: a JSON object that is exactly one delta."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from darkfactory.domain.quoting import unfenced
from darkfactory.retro.delta import Delta, Dropped
from darkfactory.retro.wording import one_line

LONGEST_ANSWER = 8_000
_LONGEST_WHY = 160

_Text = Annotated[str, Field(min_length=1, max_length=2_000)]
_Cited = Annotated[list[_Text], Field(min_length=1, max_length=20)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Added(_Wire):
    type: Literal["ADD_RULE", "ADD_GOTCHA", "EDIT_DESCRIPTION"]
    text: _Text
    evidence: _Cited


class _Changed(_Wire):
    type: Literal["EDIT_RULE", "FIX_LINK"]
    old: _Text
    text: _Text
    evidence: _Cited


class _Deleted(_Wire):
    type: Literal["DELETE_RULE"]
    old: _Text
    evidence: _Cited


class _Nothing(_Wire):
    type: Literal["NONE"]
    why: _Text


_ANSWER: TypeAdapter[_Added | _Changed | _Deleted | _Nothing] = TypeAdapter(
    Annotated[_Added | _Changed | _Deleted | _Nothing, Field(discriminator="type")]
)


def parse_delta(answer: str) -> Delta | Dropped:
    """Return the delta that *answer* is, or why it is none.

    It is one JSON object and nothing else; a fence of code may stand around it.
    """
    if len(answer) > LONGEST_ANSWER:
        return Dropped(f"its answer is longer than {LONGEST_ANSWER} characters")
    try:
        found = _ANSWER.validate_json(unfenced(answer))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = one_line(f"{where}: {first['msg']}" if where else first["msg"], _LONGEST_WHY)
        return Dropped(f"its answer is not exactly one edit: {said}")
    if isinstance(found, _Nothing):
        return Dropped(f"it has nothing to propose: {one_line(found.why, _LONGEST_WHY)}")
    return Delta(
        found.type,
        getattr(found, "text", ""),
        getattr(found, "old", ""),
        tuple(dict.fromkeys(found.evidence)),
    )
