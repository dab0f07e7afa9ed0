import re


def slug(title):
    """Return *title* as part of an address: small letters, digits and single dashes."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
