def cost(parcel):
    """Return what sending *parcel* costs, in cents."""
    if parcel["weight"] <= 1000:
        base = 400
    elif parcel["weight"] <= 5000:
        base = 700
    else:
        base = 700 + (parcel["weight"] - 5000) // 1000 * 100
    if parcel["country"] != "DE":
        base += 900
    if parcel.get("express"):
        base *= 2
    return base
