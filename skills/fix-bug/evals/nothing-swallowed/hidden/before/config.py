import json


class ConfigBroken(Exception):
    """The file is no configuration; says which file."""


def load(path):
    """Return the configuration in *path*; see README.md."""
    with open(path) as file:
        text = file.read()
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ConfigBroken(f"{path}: {error}") from error
    return {"port": given["port"], "host": given["host"]}
