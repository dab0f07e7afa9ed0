"""What a request says has happened so far, in one shape for every API."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from darkfactory.agents.mock.script import marker_after, markers_in

Who = Literal["system", "user", "model", "result"]

_OUR_CALL = re.compile(r"_df(\d+)x\d+_")
_FOLDERS = (
    re.compile(r"<cwd>([^<\n]+)</cwd>"),
    re.compile(r"\*\*Workspace Directories:\*\*\s+- ([^\n]+)"),
    re.compile(r"currently working in the directory: *([^\n]+)"),
    re.compile(r"(?:Primary working|Working|Current working) directory: *([^\s<]+)"),
)


class Row(NamedTuple):
    """One piece of the conversation: who said which text, and the ids of calls it made."""

    who: Who
    text: str
    calls: tuple[str, ...] = ()


class Tool(NamedTuple):
    """A tool that the client offers; *spec* as sent, with the namespace it was found in."""

    name: str
    spec: Mapping[str, Any]


class History(NamedTuple):
    """A request in one shape. *system* is the standing text in front of all rows."""

    system: str
    rows: tuple[Row, ...]
    tools: tuple[Tool, ...]

    def place(self, markers: Sequence[str]) -> tuple[str | None, int]:
        """Return the marker that decides and how many model turns followed it."""
        standing = markers_in(self.system, markers)
        marker, seen, start = standing[-1] if standing else None, set(standing), 0
        for index, row in enumerate(self.rows):
            if row.who not in ("user", "system"):
                continue
            before = marker
            marker = marker_after(row.text, markers, marker, seen)
            seen.update(markers_in(row.text, markers))
            start = index if marker != before else start
        return marker, turns_in(self.rows[start:])

    def working_folder(self) -> str:
        """Return the folder that the client says it works in, or ``.``."""
        said = [self.system, *(row.text for row in self.rows if row.who in ("user", "system"))]
        every = "\n".join(said)
        found = next((match for match in (rx.search(every) for rx in _FOLDERS) if match), None)
        return found.group(1).rstrip("/.") or "." if found else "."

    def last_result(self) -> str:
        """Return the text of the newest tool result."""
        return next((row.text for row in reversed(self.rows) if row.who == "result"), "")

    def conversation(self) -> str:
        """Return what tells this conversation from others: its first user text."""
        return next((row.text for row in self.rows if row.who == "user"), "")


def call_id(turn: int, action: int, nonce: str) -> str:
    """Return an id that tells :func:`turns_in` which turn the call belonged to."""
    return f"s_df{turn}x{action}_{nonce}"


def turns_in(rows: Iterable[Row]) -> int:
    """Return how many model turns *rows* hold.

    A run of model rows is one turn. Where a call carries our number that number counts, so a
    history that lost texts (an aborted answer, a compaction) is still counted right.
    """
    turns, inside = 0, False
    for row in rows:
        if row.who == "model":
            ours = [int(match.group(1)) for match in map(_OUR_CALL.search, row.calls) if match]
            if ours:
                turns = max(ours) + 1
            elif not inside:
                turns += 1
        if row.who != "system":
            inside = row.who == "model"
    return turns


def of_anthropic(body: Mapping[str, Any]) -> History:
    """Return the history of a Messages request."""
    rows = [row for message in body.get("messages", []) for row in _message_rows(message)]
    tools = [Tool(tool["name"], tool) for tool in body.get("tools") or [] if "name" in tool]
    return History(text_of(body.get("system")), tuple(rows), tuple(tools))


def of_responses(body: Mapping[str, Any]) -> History:
    """Return the history of a Responses request."""
    items = body.get("input") or []
    if isinstance(items, str):
        items = [{"type": "message", "role": "user", "content": items}]
    rows = [row for item in items for row in _item_rows(item)]
    tools = [
        tool
        for item in items
        if item.get("type") == "additional_tools"
        for tool in _offered(item.get("tools"))
    ]
    tools += _offered(body.get("tools"))
    return History(text_of(body.get("instructions")), tuple(rows), tuple(tools))


def of_gemini(body: Mapping[str, Any]) -> History:
    """Return the history of a Gemini request."""
    rows = [row for content in body.get("contents", []) for row in _content_rows(content)]
    tools = [
        Tool(tool["name"], tool)
        for group in body.get("tools") or []
        for tool in group.get("functionDeclarations") or []
    ]
    return History(text_of(body.get("systemInstruction")), tuple(rows), tuple(tools))


def text_of(content: Any) -> str:
    """Return all text inside a content value of any of them."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, map(text_of, content)))
    if isinstance(content, dict):
        for key in ("text", "content", "parts", "response", "output"):
            if key in content:
                return text_of(content[key])
    return ""


def _message_rows(message: Mapping[str, Any]) -> Iterator[Row]:
    content = message["content"]
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    if message["role"] == "assistant":
        text = text_of([part for part in parts if part.get("type") == "text"])
        calls = tuple(part["id"] for part in parts if part.get("type") == "tool_use")
        yield Row("model", text, calls)
        return
    for part in parts:
        if part.get("type") == "tool_result":
            yield Row("result", text_of(part.get("content")))
        elif part.get("type") == "text":
            yield Row("system" if message["role"] == "system" else "user", part["text"])


def _content_rows(content: Mapping[str, Any]) -> Iterator[Row]:
    parts = content.get("parts") or []
    if content.get("role") == "model":
        calls = tuple(
            part["functionCall"].get("id", "") for part in parts if "functionCall" in part
        )
        yield Row("model", text_of(parts), calls)
        return
    for part in parts:
        if "functionResponse" in part:
            yield Row("result", text_of(part["functionResponse"]))
        else:
            yield Row("user", text_of(part))


def _item_rows(item: Mapping[str, Any]) -> Iterator[Row]:
    kind = item.get("type", "message")
    if kind == "message":
        who: dict[Any, Who] = {"assistant": "model", "user": "user"}
        yield Row(who.get(item.get("role"), "system"), text_of(item.get("content")))
    elif kind in ("function_call", "custom_tool_call", "local_shell_call"):
        yield Row("model", "", (item.get("call_id") or "",))
    elif kind == "reasoning":
        yield Row("model", "")
    elif kind.endswith("_output"):
        yield Row("result", text_of(item.get("output")))


def _offered(tools: Any, namespace: str | None = None) -> Iterator[Tool]:
    for tool in tools or []:
        if tool.get("type") == "namespace":
            yield from _offered(tool.get("tools"), tool.get("name"))
        else:
            inside = namespace and namespace != "functions"
            spec = {**tool, "namespace": namespace} if inside else tool
            yield Tool(tool.get("name") or tool.get("type", "?"), spec)
