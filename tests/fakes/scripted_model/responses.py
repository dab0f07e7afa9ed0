"""Replies in the words of OpenAI's Responses API."""

import json
import time
from typing import Any

from tests.fakes.scripted_model.actions import Call
from tests.fakes.scripted_model.reply import SIGNATURE, Frames, Reply, pieces


def render(reply: Reply) -> tuple[dict[str, Any], Frames]:
    """Return *reply* as one response and as the events of a stream."""
    base = {
        "id": f"resp_{reply.id}",
        "object": "response",
        "created_at": int(time.time()),
        "model": reply.model,
    }
    begun = {**base, "status": "in_progress", "output": []}
    frames: Frames = [
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
    ]
    output: list[dict[str, Any]] = []
    for item, details in _items(reply):
        at = {"output_index": len(output)}
        frames += [(name, {**at, **data}) for name, data in details]
        frames.append(("response.output_item.done", {**at, "item": item}))
        output.append(item)
    whole = {**base, "status": "completed", "output": output, "usage": _usage(reply)}
    frames.append(("response.completed", {"response": whole}))
    return whole, [
        (name, {"type": name, "sequence_number": number, **data})
        for number, (name, data) in enumerate(frames)
    ]


def error_body(status: int, message: str) -> dict[str, Any]:
    """Return the body of a failed request."""
    limited = status == 429
    kind = "rate_limit_error" if limited else "server_error"
    code = "rate_limit_exceeded" if limited else "server_error"
    return {"error": {"message": message, "type": kind, "code": code, "param": None}}


def _usage(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "input_tokens": usage["input"],
        "input_tokens_details": {"cached_tokens": usage["cached"]},
        "output_tokens": usage["output"],
        "output_tokens_details": {"reasoning_tokens": usage["reasoning"]},
        "total_tokens": usage["input"] + usage["output"],
    }


def _items(reply: Reply) -> list[tuple[dict[str, Any], Frames]]:
    """Each output item with the events that come before it is done."""
    items = []
    if reply.thought:
        items.append(_reasoning(f"rs_{reply.id}", reply.thought))
    if reply.text:
        items.append(_message(f"msg_{reply.id}", reply.text))
    items += [_call(call_id, call) for call_id, call in reply.calls]
    return items


def _reasoning(item_id: str, text: str) -> tuple[dict[str, Any], Frames]:
    part = {"type": "summary_text", "text": text}
    item = {
        "type": "reasoning",
        "id": item_id,
        "summary": [part],
        "encrypted_content": SIGNATURE,
    }
    at = {"item_id": item_id, "summary_index": 0}
    return item, [
        ("response.output_item.added", {"item": {**item, "summary": []}}),
        ("response.reasoning_summary_part.added", {**at, "part": {**part, "text": ""}}),
        ("response.reasoning_summary_text.delta", {**at, "delta": text}),
        ("response.reasoning_summary_text.done", {**at, "text": text}),
    ]


def _message(item_id: str, text: str) -> tuple[dict[str, Any], Frames]:
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {
        "type": "message",
        "id": item_id,
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    at = {"item_id": item_id, "content_index": 0}
    begun = {**item, "status": "in_progress", "content": []}
    return item, [
        ("response.output_item.added", {"item": begun}),
        ("response.content_part.added", {**at, "part": {**part, "text": ""}}),
        *(("response.output_text.delta", {**at, "delta": piece}) for piece in pieces(text)),
        ("response.output_text.done", {**at, "text": text}),
        ("response.content_part.done", {**at, "part": part}),
    ]


def _call(call_id: str, call: Call) -> tuple[dict[str, Any], Frames]:
    item: dict[str, Any] = {
        "id": f"fc_{call_id}",
        "call_id": f"call_{call_id}",
        "name": call.tool,
        "status": "completed",
    }
    if call.namespace:
        item["namespace"] = call.namespace
    free = isinstance(call.input, str)
    kind, field = ("custom_tool_call", "input") if free else ("function_call", "arguments")
    event = "custom_tool_call_input" if free else "function_call_arguments"
    sent = call.input if isinstance(call.input, str) else json.dumps(call.input)
    item |= {"type": kind, field: sent}
    at = {"item_id": item["id"]}
    return item, [
        ("response.output_item.added", {"item": {**item, field: ""}}),
        *((f"response.{event}.delta", {**at, "delta": piece}) for piece in pieces(sent)),
        (f"response.{event}.done", {**at, field: sent}),
    ]
