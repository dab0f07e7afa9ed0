"""How a browser gets in: a link that works once, then a cookie that scripts cannot read."""

import secrets

from darkfactory.sessions.tokens import ALL, mint

ENTER = "/enter/"
_DAY = 86400
_DAYS = 30


class Logins:
    """The one-time links of one server. *factory* is the factory's token, *secure*: under TLS."""

    def __init__(self, factory: str, *, cookie: str, secure: bool = False) -> None:
        self._factory = factory
        self._cookie = cookie
        self._flags = "Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")
        self._codes: set[str] = set()

    def link(self) -> str:
        """Return the path of a fresh link."""
        code = secrets.token_urlsafe(24)
        self._codes.add(code)
        return ENTER + code

    def enter(self, code: str, now: float) -> str | None:
        """Use a link up; return the cookie that it gives, None for a link that is none."""
        if code not in self._codes:
            return None
        self._codes.discard(code)
        token = mint(self._factory, ALL, until=now + _DAYS * _DAY)
        return f"{self._cookie}={token}; {self._flags}; Max-Age={_DAYS * _DAY}"
