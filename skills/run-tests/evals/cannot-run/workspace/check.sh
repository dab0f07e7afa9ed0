set -e
quuxlint-9 --strict .
python3 -m unittest -q
