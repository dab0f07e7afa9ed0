"""List the slowest pages of a log."""

import argparse


def options():
    parser = argparse.ArgumentParser(prog="slow")
    parser.add_argument("log")
    parser.add_argument("--limit", type=int, default=25, help="how many pages to list, at most 500")
    parser.add_argument("--over", type=float, default=1.5, metavar="SECONDS", help="leave out faster ones")
    return parser
