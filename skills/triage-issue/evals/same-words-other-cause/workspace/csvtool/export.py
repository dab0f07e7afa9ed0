def export(rows, path):
    """Write *rows* as CSV."""
    with open(path, "w", encoding="ascii") as file:
        for row in rows:
            file.write(",".join(row) + "\n")
