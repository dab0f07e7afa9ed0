"""Ask the server that runs for a link that logs a browser in: what ``df serve link`` does."""

import http.client
import json

from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady
from darkfactory.sessions.served import LOOPBACK, local_port
from darkfactory.sessions.tokens import factory_token

_SECONDS = 10.0


class NotServed(NotReady):
    """There is no server that could let a browser in."""

    code = "serve.none"

    def __init__(self, why: str = "") -> None:
        super().__init__(
            f"no `df serve` of this factory {f'answers: {why}' if why else 'runs'}",
            fix="start `df serve`: it prints a link by itself",
        )


def fresh_link(state: StateFolder) -> str:
    """Return a link that logs one browser in.

    Raises:
        NotServed: If no server runs, or it does not answer.
    """
    port = local_port(state)
    if not port:
        raise NotServed
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_SECONDS)
    headers = {"Authorization": f"Bearer {factory_token(state.root / 'token')}"}
    try:
        connection.request("POST", "/v1/link", b"", headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != http.client.OK:
            raise NotServed(f"{answer.status} {said.decode('utf-8', 'replace').strip()}")
        return str(json.loads(said)["page"])
    except (OSError, http.client.HTTPException) as error:
        raise NotServed(str(error) or type(error).__name__) from error
    finally:
        connection.close()
