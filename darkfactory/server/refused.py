"""Requests that get a no: each with its status, its words, and the headers that tell more."""

Fields = list[tuple[bytes, bytes]]


class Refused(Exception):
    """A request that cannot be granted; the text is for whoever sent it."""

    status = 400

    def __init__(self, why: str, fields: Fields | None = None) -> None:
        super().__init__(why)
        self.fields: Fields = fields or []


class BadRequest(Refused):
    """A request that says something impossible."""


class Missing(Refused):
    """There is no such stream."""

    status = 404

    def __init__(self) -> None:
        super().__init__("there is no such stream")


class Gone(Refused):
    """The stream was deleted; forks of it still use its data."""

    status = 410

    def __init__(self) -> None:
        super().__init__("the stream was deleted")


class Conflict(Refused):
    """What is there is not what the request takes it for."""

    status = 409


class Zombie(Refused):
    """A producer that was replaced by a later life of itself."""

    status = 403

    def __init__(self, epoch: int) -> None:
        fields = [(b"producer-epoch", b"%d" % epoch)]
        super().__init__(f"this producer lives in epoch {epoch} now", fields)


class Protected(Refused):
    """The stream is part of the record: it can be appended to, but not ended or deleted."""

    status = 405

    def __init__(self) -> None:
        fields = [(b"allow", b"GET, HEAD, POST, PUT, OPTIONS")]
        super().__init__("the factory's record is neither ended nor deleted", fields)


class TooLarge(Refused):
    """A body over the limit. *drained*: its rest was read, so the connection may go on."""

    status = 413

    def __init__(self, limit: int, *, drained: bool) -> None:
        fields = [] if drained else [(b"connection", b"close")]
        super().__init__(f"a body has at most {limit} bytes", fields)


class Full(Refused):
    """The disk has no room."""

    status = 507
