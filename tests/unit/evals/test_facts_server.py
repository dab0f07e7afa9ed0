"""The server of facts: its search, and a real client of the protocol that asks it."""

import json
import sys
from pathlib import Path

import pytest

from darkfactory.evals.facts_server import read_facts, search

FACTS = {"views": "A view must be security_invoker.", "keys": "A key is never for a browser."}


def test_the_fact_that_holds_most_words_comes_first() -> None:
    assert search(FACTS, "a VIEW security") == ["views", "keys"]
    assert search(FACTS, "browser") == ["keys"]
    assert search(FACTS, "nothing here") == []


@pytest.mark.parametrize("text", ["[]", '{"a": 1}', "{"])
def test_what_is_no_object_of_texts_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"object of texts|Expecting property name"):
        read_facts(text)


@pytest.mark.slow
def test_a_client_of_the_protocol_finds_and_reads_a_fact(tmp_path: Path) -> None:
    import anyio
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    file = tmp_path / "facts.json"
    file.write_text(json.dumps(FACTS))
    words = ["-I", "-m", "darkfactory.evals.facts_server", str(file)]
    server = StdioServerParameters(command=sys.executable, args=words)

    async def ask() -> tuple[set[str], str, str]:
        async with stdio_client(server) as pipes, ClientSession(*pipes) as session:
            await session.initialize()
            tools = {tool.name for tool in (await session.list_tools()).tools}
            found = await session.call_tool("search_facts", {"query": "browser"})
            text = await session.call_tool("read_fact", {"name": "keys"})
            return tools, str(found.content), str(text.content)

    tools, found, text = anyio.run(ask)

    assert tools == {"search_facts", "read_fact"}
    assert "keys" in found
    assert FACTS["keys"] in text
