def paint(text, colour="auto"):
    """Return *text* in red; *colour* is auto, always or never."""
    # "auto" is decided by the caller.
    if colour == "no":
        return text
    return f"\033[31m{text}\033[0m"
