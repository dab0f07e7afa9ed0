"""The JSON Schema of lanes.yaml (draft 2020-12), for editors and for our own error messages."""

import json
import re
from functools import cache
from typing import Any

from darkfactory.config.problems import Path

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9 ./_-]*|[0-9]+[smhkM]")


def schema() -> dict[str, Any]:
    """Return the JSON Schema of lanes.yaml: a new value at each call."""
    from pydantic.json_schema import GenerateJsonSchema

    from darkfactory.config.wire import LanesFile

    class Generator(GenerateJsonSchema):
        """Leaves out the titles that only repeat the keys."""

        def field_title_should_be_set(self, schema: Any) -> bool:
            del schema
            return False

    made = LanesFile.model_json_schema(schema_generator=Generator)
    for part in (made, *made["$defs"].values()):
        part.pop("title", None)
        if part.get("type") == "object":
            _finish_section(part)
    return {"$schema": DIALECT, "title": "lanes.yaml", **made}


@cache
def _known() -> dict[str, Any]:
    return schema()


def _finish_section(section: dict[str, Any]) -> None:
    """Let every optional key be empty, and close the mappings whose keys are names."""
    for key, value in section["properties"].items():
        if "patternProperties" in value:
            value["additionalProperties"] = False
        if value.get("default", ...) is None:
            del value["default"]
        if key not in section.get("required", ()):
            section["properties"][key] = _or_empty(value)


def _or_empty(value: dict[str, Any]) -> dict[str, Any]:
    notes: dict[str, Any] = {
        key: value.pop(key) for key in ("description", "default", "examples") if key in value
    }
    options = value["anyOf"] if set(value) == {"anyOf"} else [value]
    if {"type": "null"} not in options:
        options = [*options, {"type": "null"}]
    return {"anyOf": options, **notes}


def keys_at(path: Path) -> list[str]:
    """Return the known keys of the mapping at *path*; none where keys are free or unknown."""
    found = _at(_known(), path)
    return list(found.get("properties", ())) if found else []


def example_at(path: Path) -> str | None:
    """Return the example of the key at *path* as one line of YAML, or None."""
    key = next((at for at in range(len(path), 0, -1) if isinstance(path[at - 1], str)), 0)
    found = _at(_known(), path[:key], resolve=False)
    if not found or "examples" not in found:
        return None
    return f"{path[key - 1]}: {as_yaml(found['examples'][0])}"


def as_yaml(value: Any) -> str:
    """Return a small plain value in one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_yaml(item) for item in value) + "]"
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    return json.dumps(value)


def resolved(whole: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return the mapping's schema that *part* of *whole* stands for, through references."""
    options: list[dict[str, Any]] = [part, *part.get("anyOf", ())]
    for option in options:
        if "$ref" in option:
            found: dict[str, Any] = whole["$defs"][option["$ref"].rpartition("/")[2]]
            return found
        if "patternProperties" in option:
            return option
    return part


def entries_of(part: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of the entries of the list that *part* describes, None if it is no list."""
    options: list[dict[str, Any]] = [part, *part.get("anyOf", ())]
    return next((option["items"] for option in options if "items" in option), None)


def _at(whole: dict[str, Any], path: Path, *, resolve: bool = True) -> dict[str, Any] | None:
    part: dict[str, Any] | None = whole
    for step in path:
        if part is None:
            return None
        if isinstance(step, int):
            part = entries_of(part)
            continue
        mapping = resolved(whole, part)
        part = mapping.get("properties", {}).get(step)
        if part is None:
            part = next(iter(mapping.get("patternProperties", {}).values()), None)
    return resolved(whole, part) if resolve and part is not None else part
