"""Convert lengths: python3 convert.py VALUE UNIT."""

import sys

METRES = {"km": 1000, "m": 1, "cm": 0.01, "ft": 0.3048}

if __name__ == "__main__":
    value, unit = sys.argv[1:]
    if unit not in METRES:
        sys.exit(f"error: unit {unit!r} is none of {', '.join(METRES)}")
    print(f"{float(value) * METRES[unit]:.3f} m")
