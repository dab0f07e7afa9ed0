def slowest(times):
    return max(times)


def typical(times):
    """Return the median of *times*, None where there are none."""
    ordered = sorted(times)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
