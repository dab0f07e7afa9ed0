def shorten(text, most):
    return text if len(text) <= most else text[: most - 1] + "…"
