"""What lies in the store."""


def load(lines):
    """Return the count of each name; a line is NAME:COUNT."""
    stock = {}
    for line in lines:
        name, count = line.split(":")
        stock[name] = count
    return stock
