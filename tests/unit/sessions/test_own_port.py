"""The port by which the parts of an agent reach each other."""

import socket

from darkfactory.sessions.own_port import with_own_port


def test_a_command_that_names_no_port_is_left_alone() -> None:
    argv, environment, ports = with_own_port(("agent", "{cwd}"), {"A": "{token}"})

    assert (argv, environment, ports) == (("agent", "{cwd}"), {"A": "{token}"}, ())


def test_a_port_is_the_same_in_every_word_and_free() -> None:
    argv, environment, (port,) = with_own_port(
        ("agent", "--port", "{port}", "--url=http://127.0.0.1:{port}"), {"PORT": "{port}"}
    )

    assert argv == ("agent", "--port", str(port), f"--url=http://127.0.0.1:{port}")
    assert environment == {"PORT": str(port)}
    with socket.socket() as agent:
        agent.bind(("127.0.0.1", port))


def test_a_port_in_the_environment_alone_will_do() -> None:
    _, environment, (port,) = with_own_port(("agent",), {"PORT": "{port}"})

    assert environment == {"PORT": str(port)}


def test_the_token_is_one_that_nobody_else_was_told() -> None:
    told = [with_own_port(("{port}",), {"A": "{token}", "B": "{token}"})[1] for _ in range(2)]

    assert all(each["A"] == each["B"] and len(each["A"]) == 32 for each in told)
    assert told[0]["A"] != told[1]["A"]
