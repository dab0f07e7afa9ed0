# Strict, as in production.
APP_MODE=strict exec python3 -m unittest -q
