"""The reference page of lanes.yaml, made from its schema."""

from collections.abc import Iterable, Iterator
from typing import Any

from darkfactory.config.presets import Preset
from darkfactory.config.schema import as_yaml, entries_of, resolved, schema
from darkfactory.config.starters import example_lanes

_INTRO = """\
# lanes.yaml

`lanes.yaml` lies at the root of your repository and says how it is worked: how the project checks
itself, which agents there are, and which lane takes which items. `df init` writes a first one. The
one key that must be there is `harness.command`. An editor that knows JSON Schema checks the file
against [lanes.schema.json](lanes.schema.json) while you type.

## How values are written

- A **duration** is a number with its unit: `90s`, `10m`, `1.5h`; at most a week. A number without
  a unit is an error, so that nobody has to guess.
- An **amount** is a number, or a number with `k` (thousands) or `M` (millions): `400k`, `1.5M`.
- A **list** of texts may be one text: `agent: codex` is `agent: [codex]`. No list names a thing
  twice, except the arguments of a program.
- A **pattern** is matched against paths from the root of the repository: `*` and `?` stay inside a
  folder, `**` crosses folders, and a trailing `/` means everything below.
- A key without a value counts as left out.
- An unknown key is an error. It names the line and the nearest known key.
- Words that YAML readers disagree on are errors too, until they are in quotes: `yes`, `no`, `on`,
  `off`, `010`, `1:30`, `1e3`. So are tags and keys that appear twice. Anchors, aliases and `<<`
  work.
"""


def lanes_reference(not_yet: Iterable[tuple[str, str, str, str]] = ()) -> str:
    """Return the Markdown page that describes every key of lanes.yaml.

    Args:
        not_yet: What is understood and not done in this release: key, value, what comes of it,
            what to do instead.
    """
    whole = schema()
    parts = [_INTRO, *_later(not_yet), _section("Top level", whole, whole)]
    parts += [_section(title, part, whole) for title, part in _sections("", whole, whole)]
    example = example_lanes(Preset.MAINTAINER, harness="python -m pytest -q")
    parts.append(f"## Example\n\n```yaml\n{example}```\n")
    return "\n".join(parts)


def _later(not_yet: Iterable[tuple[str, str, str, str]]) -> Iterator[str]:
    rows = [
        f"| `{key}: {value}` | {what} | {instead} |".replace("\n", " ")
        for key, value, what, instead in not_yet
    ]
    if rows:
        head = "| key | what comes of it | instead |\n| --- | --- | --- |\n"
        yield f"{_LATER}\n{head}" + "\n".join(rows) + "\n"


_LATER = """\
## Not in this release

Understood, so that files need not change later, and not done yet:
"""


def _sections(
    above: str, part: dict[str, Any], whole: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping of known keys below *part* with its name, in the order of the file."""
    for key, value in part["properties"].items():
        name, found = f"{above}{key}", resolved(whole, value)
        if "patternProperties" in found:
            name = f"{name}.NAME"
            found = resolved(whole, next(iter(found["patternProperties"].values())))
        entries = entries_of(value)
        if entries is not None:
            name, found = f"{name}[]", resolved(whole, entries)
        if "properties" in found:
            yield name, found
            yield from _sections(f"{name}.", found, whole)


def _section(title: str, part: dict[str, Any], whole: dict[str, Any]) -> str:
    heading = title if title == "Top level" else f"`{title}`"
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    for key, value in part["properties"].items():
        default = value.get("default")
        given = "" if default in (None, {}, []) else f"`{as_yaml(default)}`"
        if key in part.get("required", ()):
            given = "*required*"
        example = as_yaml(value["examples"][0]).replace("|", "\\|")
        meaning = f"{value['description']} Example: `{example}`"
        rows.append(f"| `{key}` | {_words(value, whole)} | {given} | {meaning} |")
    return f"## {heading}\n\n{part['description']}\n\n" + "\n".join(rows) + "\n"


def _words(value: dict[str, Any], whole: dict[str, Any]) -> str:
    """Return what kind of value the schema *value* asks for."""
    if "title" in value:
        return str(value["title"])
    if "anyOf" in value:
        options = [option for option in value["anyOf"] if option.get("type") != "null"]
        lists = [option for option in options if option.get("type") == "array"]
        return _words((lists or options)[0], whole)
    if "$ref" in value:
        value = resolved(whole, value)
    if "enum" in value or "const" in value:
        return ", ".join(f"`{entry}`" for entry in value.get("enum", [value.get("const")]))
    if value["type"] == "array":
        return f"list of {_words(value['items'], whole)}"
    if value["type"] in ("integer", "number"):
        return _range(value)
    return {"string": "text", "boolean": "`true`, `false`", "object": "mapping"}[value["type"]]


def _range(value: dict[str, Any]) -> str:
    noun = "whole number" if value["type"] == "integer" else "number"
    if "exclusiveMinimum" in value:
        return f"{noun} above {value['exclusiveMinimum']:g}, at most {value['maximum']:g}"
    return f"{noun}, {value['minimum']} to {value['maximum']}"
