"""How others reach the server: what is safe, what makes sense, which names are ours."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.errors import FactoryError, UsageError
from darkfactory.server.doors import LOCAL, PortTaken, listen
from darkfactory.server.outside import Outside, outside
from tests.fakes.proxies import certificate

EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens here


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("tls")
    certificate(folder)
    return {"cert": str(folder / "certificate.pem"), "key": str(folder / "key.pem")}


def made(bind: str | None, *names: str, **more: Any) -> Outside:
    way = outside(bind, names, **more)
    assert way is not None
    return way


def test_without_a_wish_there_is_only_the_door_of_this_machine() -> None:
    assert outside(None) is None
    assert LOCAL.hosts(80) == ("127.0.0.1", "localhost", "[::1]", "127.0.0.1:80",
                               "localhost:80", "[::1]:80")  # fmt: skip


def test_loopback_needs_no_tls() -> None:
    assert made("::1").hosts(8787)[0] == "[::1]:8787"
    assert made("localhost").scheme == "http"


def test_under_tls_the_names_and_the_address_are_let_in_with_their_port(
    pair: dict[str, str],
) -> None:
    way = made("192.0.2.7", "Factory.Example", "other.example:9443", **pair)

    assert way.scheme == "https"
    assert way.hosts(8443) == (
        "factory.example:8443", "other.example:9443", "192.0.2.7:8443",
    )  # fmt: skip
    assert way.hosts(443)[:2] == ("factory.example", "192.0.2.7")


def test_behind_a_proxy_only_its_names_are_let_in() -> None:
    way = made(EVERYWHERE, "factory.example", behind_proxy=True)

    assert (way.scheme, way.hosts(8080)) == ("https", ("factory.example",))


@pytest.mark.parametrize(
    ("bind", "names", "more", "code"),
    [
        ("192.0.2.7", ["a.example"], {}, "serve.plain"),
        (EVERYWHERE, ["a.example"], {}, "serve.plain"),
        ("::", ["a.example"], {}, "serve.plain"),
        (EVERYWHERE, [], {"tls": True}, "serve.no_name"),
        ("127.0.0.1", [], {"behind_proxy": True}, "serve.no_name"),
        ("127.0.0.1", ["a.example"], {"behind_proxy": True, "tls": True}, "serve.tls_flags"),
        ("127.0.0.1", [], {"cert": "a.pem"}, "serve.tls_flags"),
        ("127.0.0.1", [], {"key": "a.pem"}, "serve.tls_flags"),
        ("factory.example", [], {"tls": True}, "serve.bind"),
        ("", [], {}, "serve.bind"),
        ("127.0.0.1:80", [], {}, "serve.bind"),
        ("127.0.0.1", ["https://a.example"], {}, "serve.name"),
        ("127.0.0.1", ["*.example"], {}, "serve.name"),
        ("127.0.0.1", [""], {}, "serve.name"),
        ("127.0.0.1", ["a.example:"], {}, "serve.name"),
        ("127.0.0.1", ["a.example\nb"], {}, "serve.name"),
    ],
)
def test_what_is_not_safe_or_makes_no_sense_is_refused(
    pair: dict[str, str], bind: str, names: list[str], more: dict[str, Any], code: str
) -> None:
    wish: dict[str, Any] = {name: value for name, value in more.items() if name != "tls"}
    wish |= pair if "tls" in more else {}

    with pytest.raises(FactoryError) as refused:
        outside(bind, names, **wish)

    assert (refused.value.code, bool(refused.value.fix)) == (code, True)


def test_a_certificate_that_cannot_be_used_is_told_with_its_reason(
    pair: dict[str, str], tmp_path: Path
) -> None:
    certificate(tmp_path)
    (tmp_path / "no.pem").write_text("no certificate")
    other, none = str(tmp_path / "key.pem"), str(tmp_path / "none.pem")

    said = []
    for cert, key in (
        (pair["cert"], other),
        (none, pair["key"]),
        (str(tmp_path / "no.pem"), pair["key"]),
        (pair["cert"], pair["cert"]),
    ):
        with pytest.raises(FactoryError) as refused:
            outside("127.0.0.1", cert=cert, key=key)
        assert refused.value.code == "serve.certificate"
        said.append(refused.value.problem.rpartition(": ")[2])

    assert said[:2] == ["key values mismatch", "no such file or directory"]
    assert all(said)


def test_an_address_of_another_machine_is_no_place_to_listen(pair: dict[str, str]) -> None:
    way = made("192.0.2.7", **pair)

    with pytest.raises(PortTaken, match=r"192\.0\.2\.7 port 8443"):
        listen(way, 8443, 0)


@pytest.mark.parametrize(
    ("cert", "key", "missing"), [("a.pem", None, "--tls-key"), (None, "a.pem", "--tls-cert")]
)
def test_half_of_tls_is_told_how_to_be_whole(
    cert: str | None, key: str | None, missing: str
) -> None:
    with pytest.raises(UsageError) as refused:
        outside("127.0.0.1", [], cert=cert, key=key)

    assert refused.value.fix.endswith(f"add {missing} FILE")
