"""Replies in the words of Google's Gemini API."""

from typing import Any

from tests.fakes.scripted_model.reply import SIGNATURE, Frames, Reply


def render(reply: Reply) -> tuple[dict[str, Any], Frames]:
    """Return *reply* as one response and as the pieces of a stream, which have no names."""
    base: dict[str, Any] = {"responseId": reply.id, "modelVersion": reply.model}
    parts = _parts(reply)
    last = {"usageMetadata": _usage(reply)}
    frames: Frames = [("", {**base, "candidates": [_candidate([part])]}) for part in parts[:-1]]
    frames.append(("", {**base, "candidates": [_candidate(parts[-1:], "STOP")], **last}))
    return {**base, "candidates": [_candidate(parts, "STOP")], **last}, frames


def error_body(status: int, message: str) -> dict[str, Any]:
    """Return the body of a failed request."""
    name = "RESOURCE_EXHAUSTED" if status == 429 else "INTERNAL"
    return {"error": {"code": status, "message": message, "status": name}}


def _candidate(parts: list[dict[str, Any]], finish: str | None = None) -> dict[str, Any]:
    ends = {"finishReason": finish} if finish else {}
    return {"index": 0, "content": {"role": "model", "parts": parts}, **ends}


def _parts(reply: Reply) -> list[dict[str, Any]]:
    thought = [{"text": reply.thought, "thought": True}] if reply.thought else []
    said = [{"text": reply.text}] if reply.text else []
    calls = [
        {
            "functionCall": {"id": f"call_{call_id}", "name": call.tool, "args": call.input},
            "thoughtSignature": SIGNATURE,
        }
        for call_id, call in reply.calls
    ]
    return [*thought, *said, *calls]


def _usage(reply: Reply) -> dict[str, int]:
    usage = reply.usage
    return {
        "promptTokenCount": usage["input"],
        "cachedContentTokenCount": usage["cached"],
        "candidatesTokenCount": usage["output"],
        "thoughtsTokenCount": usage["reasoning"],
        "totalTokenCount": usage["input"] + usage["output"],
    }
