"""``python -m tests.fuzz [READER...] [--runs N] [--seconds S]``: try inputs, print the table of all that were tried."""

import argparse
import os
from pathlib import Path

from dreamcore.rasters import MAX_DECODED
from tests.fuzz import all_harnesses, harness_named
from tests.fuzz.campaign import run_all, run_here, table
from tests.fuzz.harness import SMALL, attempt

parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Try damaged files and wicked texts.")
parser.add_argument("reader", nargs="*", help="those whose names hold one of these words; all by default")
parser.add_argument("--runs", type=int, default=10**9, metavar="N", help="inputs to each reader")
parser.add_argument("--seconds", type=float, default=10**9, metavar="S", help="for each reader")
parser.add_argument("--again", metavar="FILE", help="give one input to the reader, and let its error be seen")
parser.add_argument("--here", choices=["guided", "blind"], help="one reader, in this process")
asked = parser.parse_args()

if asked.here:
    run_here(asked.reader[0], asked.runs, asked.seconds, asked.here)
    raise SystemExit
names = [name for name in all_harnesses() if not asked.reader or any(word in name for word in asked.reader)]
if asked.again:
    os.environ[MAX_DECODED] = SMALL
    print(attempt(harness_named(names[0]), Path(asked.again).read_bytes()))
    raise SystemExit
try:
    if asked.runs < 10**9 or asked.seconds < 10**9:
        run_all(names, asked.runs, asked.seconds)
except KeyboardInterrupt:
    pass
print(table(all_harnesses()))
