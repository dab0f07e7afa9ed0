"""Replies in the words of Anthropic's Messages API."""

import json
from typing import Any

from tests.fakes.scripted_model.reply import SIGNATURE, Frames, Reply, pieces

_ERRORS = {429: "rate_limit_error", 529: "overloaded_error", 401: "authentication_error"}


def render(reply: Reply) -> tuple[dict[str, Any], Frames]:
    """Return *reply* as one message and as the events of a stream."""
    usage = {
        "input_tokens": reply.usage["input"] - reply.usage["cached"],
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": reply.usage["cached"],
        "output_tokens": reply.usage["output"],
        "service_tier": "standard",
    }
    blocks = _blocks(reply)
    stop = {"stop_reason": "tool_use" if reply.calls else "end_turn", "stop_sequence": None}
    message = {
        "id": f"msg_{reply.id}",
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": blocks,
        **stop,
        "usage": usage,
    }
    early = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    frames: Frames = [("message_start", {"message": early})]
    for index, block in enumerate(blocks):
        frames += _block_frames(index, block)
    frames += [("message_delta", {"delta": stop, "usage": usage}), ("message_stop", {})]
    return message, [(name, {"type": name, **data}) for name, data in frames]


def error_body(status: int, message: str) -> dict[str, Any]:
    """Return the body of a failed request."""
    kind = _ERRORS.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_0"}


def _blocks(reply: Reply) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if reply.thought:
        blocks.append({"type": "thinking", "thinking": reply.thought, "signature": SIGNATURE})
    if reply.text:
        blocks.append({"type": "text", "text": reply.text})
    for call_id, call in reply.calls:
        use = {"id": f"toolu_{call_id}", "name": call.tool, "input": call.input}
        blocks.append({"type": "tool_use", **use})
    return blocks


def _block_frames(index: int, block: dict[str, Any]) -> Frames:
    kind = block["type"]
    if kind == "thinking":
        start = {"type": kind, "thinking": "", "signature": ""}
        deltas = [{"type": "thinking_delta", "thinking": text} for text in pieces(block[kind])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
    elif kind == "text":
        start = {"type": kind, "text": ""}
        deltas = [{"type": "text_delta", "text": text} for text in pieces(block[kind])]
    else:
        start = {**block, "input": {}}
        sent = json.dumps(block["input"])
        deltas = [{"type": "input_json_delta", "partial_json": text} for text in pieces(sent)]
    return [
        ("content_block_start", {"index": index, "content_block": start}),
        *(("content_block_delta", {"index": index, "delta": delta}) for delta in deltas),
        ("content_block_stop", {"index": index}),
    ]
