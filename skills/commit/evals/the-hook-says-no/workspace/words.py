def split(text):
    """Return the words of *text*."""
    # TODO: several spaces in a row give empty words
    return text.split(" ")
