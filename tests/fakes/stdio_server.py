"""Call one tool of a server of the Model Context Protocol that is started for it."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any


def call_tool(server: Mapping[str, Any], tool: str, arguments: Mapping[str, Any]) -> str:
    """Start *server*, an entry of ``mcpServers``, call *tool* and return the text it answers."""
    env = {one["name"]: one["value"] for one in server["env"]}
    with subprocess.Popen(
        [server["command"], *server["args"]],
        env={**os.environ, **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
        _ask(child, 1, "initialize", {**hello, "clientInfo": {"name": "test", "version": "1"}})
        _send(child, {"method": "notifications/initialized"})
        result = _ask(child, 2, "tools/call", {"name": tool, "arguments": dict(arguments)})
        child.stdin.close()
        child.wait(10)
    return "\n".join(part.get("text", "") for part in result["content"])


def _ask(child: "subprocess.Popen[bytes]", id_: int, method: str, params: Any) -> Any:
    _send(child, {"id": id_, "method": method, "params": params})
    assert child.stdout is not None
    for line in child.stdout:
        answer = json.loads(line)
        if answer.get("id") == id_:
            return answer["result"]
    raise OSError(f"the server has ended without an answer to {method}")


def _send(child: "subprocess.Popen[bytes]", message: Mapping[str, Any]) -> None:
    assert child.stdin is not None
    child.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    child.stdin.flush()
