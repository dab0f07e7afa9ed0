from decimal import ROUND_HALF_EVEN, Decimal


def cents(amount):
    """Return *amount* in whole cents; see docs/money.md for how halves are rounded."""
    return int((Decimal(amount) * 100).quantize(Decimal(1), ROUND_HALF_EVEN))
