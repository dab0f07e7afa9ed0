import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--output", help="file to write")
parser.add_argument("--quiet", action="store_true", help="say nothing")
