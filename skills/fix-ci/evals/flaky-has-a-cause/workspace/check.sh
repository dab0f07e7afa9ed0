set -e
python3 -m unittest -q
