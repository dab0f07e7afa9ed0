def window(days, first, last):
    """Return the entries of *days* from day *first* on; days count from 1."""
    return days[first - 1 : last - 1]
