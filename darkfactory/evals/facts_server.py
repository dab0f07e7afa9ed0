"""A small server of the Model Context Protocol: facts of a file, to be searched and read.

    python -m darkfactory.evals.facts_server facts.json

The file is a JSON object of texts by name. It is for suites that want to know what access to
documentation is worth, beside a skill or without one.
"""

import json
import sys
from collections.abc import Mapping, Sequence

MOST_FOUND = 10


def search(facts: Mapping[str, str], query: str) -> list[str]:
    """Return the names of the *facts* that hold words of *query*, those that hold most first."""
    words = set(query.casefold().split())
    hits = {
        name: sum(word in f"{name} {text}".casefold() for word in words)
        for name, text in facts.items()
    }
    found = sorted((name for name in facts if hits[name]), key=lambda name: (-hits[name], name))
    return found[:MOST_FOUND]


def read_facts(text: str) -> dict[str, str]:
    """Return the facts in *text*.

    Raises:
        ValueError: If it is no JSON object of texts.
    """
    found = json.loads(text)
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise ValueError("the file of facts must be a JSON object of texts")
    return found


def serve(facts: Mapping[str, str]) -> None:
    """Answer on standard input and output until the client has gone."""
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("facts", instructions="Search for facts by words, then read them by name.")

    @server.tool()
    def search_facts(query: str) -> list[str]:
        """Return the names of the facts that hold words of the query, best first."""
        return search(facts, query)

    @server.tool()
    def read_fact(name: str) -> str:
        """Return the text of one fact."""
        return facts.get(name, f"there is no fact {name!r}")

    server.run()


def main(arguments: Sequence[str]) -> None:
    """Serve the facts of the file that *arguments* name."""
    with open(arguments[0], encoding="utf-8") as file:
        serve(read_facts(file.read()))


if __name__ == "__main__":
    main(sys.argv[1:])
