"""From the first line to an open session that is held to the lane's autonomy."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import darkfactory
from darkfactory.agents.acp.known import Asking, asking_agent
from darkfactory.agents.protocol import Native, Send
from darkfactory.agents.rpc import Asked, Rpc
from darkfactory.agents.wire import mapping, number, sequence, text
from darkfactory.domain.lane import Autonomy

PROTOCOL_VERSION = 1
_AUTH_REQUIRED = -32000
_NEW, _LOAD, _RESUME = "session/new", "session/load", "session/resume"
_MODE, _MODEL, _OPTION = "session/set_mode", "session/set_model", "session/set_config_option"


class Handshake:
    """Says hello, opens the session, sets what it must.

    *problem* tells why it cannot be, *lost* that a conversation was to be taken up in vain.
    *native* is the open session, once it is; *session* its id, *steers* whether words can be given
    to a running turn.
    """

    METHODS = ("initialize", "authenticate", _NEW, _LOAD, _RESUME, _MODE, _MODEL, _OPTION)

    def __init__(self, rpc: Rpc, request: Mapping[str, Any]) -> None:
        self.problem: str | None = None
        self.lost = False
        self.native: Native | None = None
        self.session = ""
        self.steers = False
        self._rpc = rpc
        self._workspace = text(request.get("workspace"))
        self._resume = text(request.get("resume"))
        self._model = text(request.get("model"))
        self._servers = [_server(mapping(one)) for one in sequence(request.get("mcp"))]
        self._unconfined = request.get("unconfined") is True
        self._suggests = request.get("autonomy") == Autonomy.SUGGEST
        self._asking: Asking | None = None
        self._version: str | None = None
        self._opening = _NEW
        self._ready: Native | None = None
        self._can_resume = False
        self._keys: list[str] = []
        self._login = ""
        self._left: Iterator[Send] = iter(())

    def begin(self) -> Send:
        """Return the first line. We offer neither files nor terminals: the agent has its own."""
        files = {"readTextFile": False, "writeTextFile": False}
        client = {"name": "darkfactory", "version": darkfactory.__version__}
        params = {
            "protocolVersion": PROTOCOL_VERSION,
            "clientCapabilities": {"fs": files, "terminal": False},
            "clientInfo": client,
        }
        return self._rpc.request(Asked("initialize"), params)

    def answered(self, asked: Asked, result: Mapping[str, Any]) -> list[Send]:
        """Return what follows the answer to one of :attr:`METHODS`."""
        match asked.method:
            case "initialize":
                return self._introduced(result)
            case "authenticate":
                return self._open()
            case "session/new" | "session/load" | "session/resume":
                return self._opened(result)
        return self._go_on()

    def refused(self, asked: Asked, error: Mapping[str, Any]) -> list[Send]:
        """Return what follows an error in place of an answer."""
        if asked.method == self._opening and error.get("code") == _AUTH_REQUIRED and self._keys:
            key, self._keys = self._keys[0], []
            return [self._rpc.request(Asked("authenticate"), {"methodId": key})]
        self.problem = f"the agent refused {asked.method}: {self.complaint(error)}"
        self.lost = asked.method in (_LOAD, _RESUME) and error.get("code") != _AUTH_REQUIRED
        return []

    def complaint(self, error: Mapping[str, Any]) -> str:
        """Return what *error* says, and what to do about it where that is known."""
        said = text(error.get("message"))[:2000] or "no reason given"
        details = _details(error.get("data"))
        said = f"{said}: {details}" if details else said
        if error.get("code") != _AUTH_REQUIRED:
            return said
        return f"{said}; it wants a log-in ({self._login}): pass it a key by pass_env"

    @property
    def unanswered(self) -> str | None:
        """What to say of an agent that has left one of :attr:`METHODS` unanswered, else None."""
        method = next((one for one in self._rpc.unanswered if one in self.METHODS), None)
        if method == "initialize":
            return (
                "the agent never said hello: its command may want an option to speak the protocol"
            )
        return f"the agent never answered {method}" if method else None

    def _introduced(self, result: Mapping[str, Any]) -> list[Send]:
        version = result.get("protocolVersion")
        if number(version) != PROTOCOL_VERSION:
            spoken = f"version {json.dumps(version)[:100]} of the protocol, not {PROTOCOL_VERSION}"
            self.problem = f"the agent speaks {spoken}: install a release of it that does"
            return []
        agent = mapping(result.get("agentInfo"))
        self._version = text(agent.get("version")) or None
        steering = mapping(mapping(result.get("_meta")).get("steering"))
        self.steers = steering.get("supported") is True
        methods = [mapping(method) for method in sequence(result.get("authMethods"))]
        self._keys = [text(method.get("id")) for method in methods if _takes_key(method)]
        self._login = ", ".join(text(method.get("name")) for method in methods)[:200] or "untold"
        self._can_load(mapping(result.get("agentCapabilities")))
        if self._suggests:
            name = text(agent.get("name"))
            self._asking = asking_agent(name)
            if self._asking is None and not self._unconfined:
                self.problem = f"nothing is known to make {name!r} ask before each command"
                return []
        if self._resume and not self._can_resume:
            self.problem, self.lost = "the agent cannot take up a conversation", True
            return []
        return self._open()

    def _can_load(self, can: Mapping[str, Any]) -> None:
        resumes = mapping(can.get("sessionCapabilities")).get("resume") is not None
        self._can_resume = resumes or can.get("loadSession") is True
        if self._resume:
            self._opening = _RESUME if resumes else _LOAD

    def _open(self) -> list[Send]:
        params: dict[str, Any] = {"cwd": self._workspace, "mcpServers": self._servers}
        if self._resume:
            params["sessionId"] = self._resume
        if self._asking is not None and self._asking.meta:
            params["_meta"] = self._asking.meta
        return [self._rpc.request(Asked(self._opening), params)]

    def _opened(self, result: Mapping[str, Any]) -> list[Send]:
        self.session = self._resume or text(result.get("sessionId"))
        if not self.session:
            self.problem = "the agent opened a session without an id"
            return []
        models = _Models.of(result)
        model = self._model or models.current
        id_ = self.session if self._can_resume else None
        self._ready = Native(id_, model or None, self._version)
        if self._model and self._model != models.current and self._model not in models.offered:
            offered = ", ".join(models.offered)[:500] or "none"
            self.problem = f"the agent does not offer model {self._model!r}; it offers: {offered}"
            return []
        modes = mapping(result.get("modes"))
        self._left = self._settings(models, text(modes.get("currentModeId")))
        return self._go_on()

    def _settings(self, models: "_Models", mode: str) -> Iterator[Send]:
        session = {"sessionId": self.session}
        if self._model and self._model != models.current:
            if models.option:
                chosen = {"configId": models.option, "value": self._model}
                yield self._rpc.request(Asked(_OPTION), session | chosen)
            else:
                yield self._rpc.request(Asked(_MODEL), session | {"modelId": self._model})
        if self._asking is not None and self._asking.mode not in ("", mode):
            yield self._rpc.request(Asked(_MODE), session | {"modeId": self._asking.mode})

    def _go_on(self) -> list[Send]:
        following = next(self._left, None)
        if following is not None:
            return [following]
        self.native = self._ready
        return []


class _Models:
    """The models that a session offers: as a configuration *option*, or in the older form."""

    def __init__(self, option: str, current: str, offered: list[str]) -> None:
        self.option = option
        self.current = current
        self.offered = offered

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> "_Models":
        """Return what the answer that opened a session tells of them."""
        for option in map(mapping, sequence(result.get("configOptions"))):
            if option.get("category") == "model" and option.get("type") == "select":
                offered = list(_values(option.get("options")))
                return cls(text(option.get("id")), text(option.get("currentValue")), offered)
        models = mapping(result.get("models"))
        listed = map(mapping, sequence(models.get("availableModels")))
        offered = [text(model.get("modelId")) for model in listed]
        return cls("", text(models.get("currentModelId")), offered)


def _values(options: Any) -> Iterator[str]:
    """Yield the values of a select's options, those in groups included."""
    for option in map(mapping, sequence(options)):
        group = sequence(option.get("options")) or (option,)
        yield from (text(mapping(each).get("value")) for each in group)


def _details(told: Any) -> str:
    """Return what the data of an error say: their details, or all of them."""
    if not told or text(told):
        return text(told)[:2000]
    return (text(mapping(told).get("details")) or json.dumps(told))[:2000]


def _server(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a server in the form that every agent of the protocol takes: one that it starts."""
    program, *arguments = sequence(given.get("command"))
    env = [{"name": name, "value": value} for name, value in mapping(given.get("env")).items()]
    return {"name": given.get("name"), "command": program, "args": arguments, "env": env}


def _takes_key(method: Mapping[str, Any]) -> bool:
    """Tell whether a way to log in needs nothing but a key in the environment."""
    return method.get("type") == "env_var" or "api-key" in mapping(method.get("_meta"))
