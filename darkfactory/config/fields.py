"""The kinds of value that lanes.yaml holds, each with its check and its place in the schema."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from darkfactory.config.amounts import AMOUNT, DURATION, SOME_AMOUNT, amount, duration_seconds
from darkfactory.config.problems import shown

OWN_VARIABLES = ("HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME")
LONGEST_LINE = 500
_MOST = 10**12


def wrong(must: str) -> PydanticCustomError:
    """Return the error that says what a value *must* be; the value is shown beside it."""
    return PydanticCustomError("shape", "{must}", {"must": must})


def wrong_whole(said: str) -> PydanticCustomError:
    """Return the error that needs no look at the value."""
    return PydanticCustomError("whole", "{said}", {"said": said})


@dataclass(frozen=True, slots=True)
class Shape:
    """A text of one pattern; *title* is its name in the documentation."""

    title: str
    pattern: str
    must: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | {"title": self.title, "pattern": self.pattern}

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise wrong(self.must)
        return value


@dataclass(frozen=True, slots=True)
class Many:
    """A list: *single* lets one text count as a list of one, *unique* refuses repetition."""

    at_least: int = 0
    at_most: int | None = None
    single: bool = True
    unique: bool = True

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            self._tuple,
            core_schema.no_info_after_validator_function(self._check, handler(source)),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        made: dict[str, Any] = dict(handler(schema))
        if self.unique:
            made["uniqueItems"] = True
        if self.at_least:
            made["minItems"] = self.at_least
        if self.at_most is not None:
            made["maxItems"] = self.at_most
        return {"anyOf": [made["items"], made]} if self.single else made

    def _tuple(self, given: Any) -> tuple[Any, ...]:
        if self.single and isinstance(given, str):
            return (given,)
        if not isinstance(given, list):
            raise wrong("must be a list")
        return tuple(given)

    def _check(self, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(value) < self.at_least:
            raise wrong_whole("must not be empty")
        if self.at_most is not None and len(value) > self.at_most:
            raise wrong_whole(f"has {len(value)} entries and may have {self.at_most}")
        if self.unique and len(set(value)) < len(value):
            twice = next(entry for entry in value if value.count(entry) > 1)
            raise wrong_whole(f"names {shown(twice)} twice")
        return value


@dataclass(frozen=True, slots=True)
class Within:
    """A whole number from *least* to *most*."""

    least: int
    most: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        del source, handler
        return core_schema.no_info_plain_validator_function(self._number)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        del schema, handler
        if self.least == self.most:
            return {"type": "integer", "const": self.least}
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def _number(self, given: Any) -> int:
        number = given if isinstance(given, int | float) and not isinstance(given, bool) else 0.5
        if number != int(number) or not self.least <= number <= self.most:
            only = self.least == self.most
            span = self.least if only else f"a whole number from {self.least} to {self.most}"
            raise wrong(f"must be {span}")
        return int(number)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, or a text with k or M; *zero* tells whether it may be nothing at all."""

    whole: bool = True
    zero: bool = False

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        del source, handler
        return core_schema.no_info_plain_validator_function(self._number)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        del schema, handler
        number: dict[str, Any] = {"type": "integer" if self.whole else "number", "maximum": _MOST}
        number["minimum" if self.zero else "exclusiveMinimum"] = 0
        text = {"type": "string", "pattern": AMOUNT if self.zero else SOME_AMOUNT}
        return {"title": "amount", "anyOf": [number, text]}

    def _number(self, given: Any) -> int | float:
        number = _counted(given)
        if self.whole and number != int(number):
            raise wrong("must be a whole number")
        if number < 0 or (number == 0 and not self.zero) or number > _MOST:
            raise wrong(f"must be {'at least' if self.zero else 'more than'} 0 and at most 10^12")
        return int(number) if self.whole else float(number)


def _counted(given: Any) -> int | float:
    must = "must be a number, with k or M if you like, such as 400k or 5M"
    if isinstance(given, str):
        try:
            return amount(given)
        except ValueError as error:
            raise wrong(must) from error
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise wrong(must)
    return given


def _seconds(given: Any) -> float:
    if not isinstance(given, str):
        raise wrong("must be a duration with its unit, such as 90s, 10m or 2h")
    try:
        return duration_seconds(given)
    except ValueError as error:
        raise wrong(str(error)) from error


Tokens = Annotated[int, Amount()]
TokenCap = Annotated[int, Amount(zero=True)]
Money = Annotated[float, Amount(whole=False)]
MoneyCap = Annotated[float, Amount(whole=False, zero=True)]
Duration = Annotated[
    float,
    PlainValidator(_seconds),
    WithJsonSchema({"title": "duration", "type": "string", "pattern": DURATION}),
]
Line = Annotated[str, Field(min_length=1, max_length=LONGEST_LINE)]
Command = Annotated[
    str, Shape("shell command", r"^[\s\S]*\S[\s\S]*$", "must be a command and not blank")
]
Name = Annotated[
    str,
    Shape(
        "name",
        r"^[A-Za-z][A-Za-z0-9_-]{0,63}$",
        "must be a name: a letter, then at most 63 letters, digits, - or _",
    ),
]
SkillName = Annotated[
    str,
    Shape(
        "skill name",
        r"^(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$",
        "must be the name of a skill: small letters, digits and single hyphens",
    ),
]
Branch = Annotated[
    str,
    Shape(
        "branch",
        r"^(?!-)(?!.*\.\.)[^\s~^:?*\[\\\x00-\x1f\x7f]{1,250}$",
        "must be the name of a branch",
    ),
]
InnerPath = Annotated[
    str,
    Shape(
        "relative path",
        r"^(?![/~])(?!(.*/)?\.\.(/|$))[^\n]{1,500}$",
        "must be a path inside the repository, without a leading / or ~ and without ..",
    ),
]
Variable = Annotated[
    str,
    Shape(
        "variable",
        rf"^(?!({'|'.join(OWN_VARIABLES)})$)[A-Za-z_][A-Za-z0-9_]{{0,254}}$",
        f"must be the name of a variable and none of {', '.join(OWN_VARIABLES)}: "
        "those are the program's own, one set per session",
    ),
]
Url = Annotated[
    str,
    Shape(
        "address",
        r"^https?://[^\s/@?#]+(/[^\s#]*)?$",
        "must be an address that begins with https:// or http://, without a password",
    ),
]
Environment = dict[Variable, str]
Argv = Annotated[tuple[str, ...], Many(single=False, unique=False)]
ProgramLine = Annotated[tuple[Line, ...], Many(at_least=1, single=False, unique=False)]
Port = Annotated[int, Within(1, 65535)]
Texts = Annotated[tuple[Line, ...], Many()]
