def price(amount, rate):
    """Return *amount* with tax, *rate* as a share: 0.19 for 19 percent."""
    return round(amount * (1 + rate), 2)
