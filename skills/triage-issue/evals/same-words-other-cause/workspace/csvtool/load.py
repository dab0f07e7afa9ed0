def load(path):
    """Return the rows of a CSV file."""
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split(",") for line in file]
