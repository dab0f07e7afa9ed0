"""A proxy between a client and a server: one that keeps answers back, cuts, or speaks TLS."""

import contextlib
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_HOST = re.compile(rb"\r\nHost: [^\r]*\r\n", re.IGNORECASE)


@dataclass
class Proxy:
    """What stands at *port* before the server at *upstream*.

    Args:
        holds_back: Whether an answer is passed on only when it is whole.
        cuts_after: How many bytes of an answer are passed on before the connection is cut.
    """

    upstream: tuple[str, int]
    listening: socket.socket
    holds_back: bool = False
    cuts_after: int | None = None
    tls: ssl.SSLContext | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.listening.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):  # either side may leave at any time
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
            with client, socket.create_connection(self.upstream) as server:
                head = self._renamed(client.recv(65536))
                self.asked.append(head.split(b" ", 2)[1].decode())
                server.sendall(head)
                threading.Thread(target=_copy, args=(client, server), daemon=True).start()
                self._answer(server, client)

    def _renamed(self, head: bytes) -> bytes:
        """Name the server as it knows itself, and let it end the connection with its answer."""
        host = "{}:{}".format(*self.upstream).encode()
        return _HOST.sub(b"\r\nHost: %s\r\nConnection: close\r\n" % host, head, count=1)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        kept, passed = b"", 0
        while data := server.recv(65536):
            if self.holds_back:
                kept += data
                continue
            if self.cuts_after is not None and passed + len(data) > self.cuts_after:
                client.sendall(data[: self.cuts_after - passed])
                client.shutdown(socket.SHUT_RDWR)  # the thread that reads it keeps it open
                return
            client.sendall(data)
            passed += len(data)
        client.sendall(kept)


def _copy(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_RDWR)  # whoever asked has left


@contextmanager
def proxy(
    host: str,
    *,
    holds_back: bool = False,
    cuts_after: int | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Proxy]:
    """Stand before the server at *host* (``127.0.0.1:8080``)."""
    name, _, port = host.partition(":")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Proxy((name, int(port)), listening, holds_back, cuts_after, tls)
        threading.Thread(target=made.serve, daemon=True).start()
        yield made
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)  # or the thread in accept keeps it open


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server's side of TLS for 127.0.0.1, and the file that clients have to trust."""
    key, file = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-keyout", key, "-out", file, "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context, file
