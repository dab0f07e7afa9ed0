import os


def parse(text):
    """Return the number in *text*; in strict mode spaces are an error."""
    if os.environ.get("APP_MODE") == "strict" and text != text.strip():
        raise ValueError(text)
    return int(text)
