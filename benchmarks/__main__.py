"""`python -m benchmarks`: run every benchmark of this folder, one after another."""

import runpy
import sys
from pathlib import Path

failed = []
for script in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    print(f"== {script.stem}", flush=True)
    sys.argv = [str(script)]
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as leave:
        if leave.code:
            failed.append(script.stem)
if failed:
    sys.exit(f"failed: {', '.join(failed)}")
