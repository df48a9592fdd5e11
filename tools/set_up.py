"""Make `.venv`, with the program and what it needs, and what the named extras need. `make` calls it; elsewhere:

    python tools/set_up.py [EXTRA ...]

Where no NVIDIA driver is found on Linux, PyTorch comes as its CPU build, from PyTorch's own index if that answers:
PyPI's brings gigabytes of CUDA. How much is going to be fetched is said before. Standard library only.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
PATIENCE = 5  # seconds for an answer


def wants_cpu_build(system=None, driver=Path("/proc/driver/nvidia/version")):
    """Tell whether PyPI's PyTorch would bring CUDA to a machine that has nothing to run it on."""
    return (system or platform.system()) == "Linux" and not driver.exists() and not shutil.which("nvidia-smi")


def answers(index):
    """Tell whether an index of packages has PyTorch, and says so soon."""
    with suppress(OSError, ValueError), urlopen(Request(f"{index}/torch/", method="HEAD"), timeout=PATIENCE) as reply:
        return reply.status == 200
    return False


def sources(index=CPU_BUILDS):
    """Return pip's options for where packages come from, beside the user's own."""
    return ["--extra-index-url", index] if wants_cpu_build() and answers(index) else []


def python_of(folder):
    """Return the Python of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(python, options, extras):
    """Return the command that installs the program, and what the extras need."""
    wanted = f".[{','.join(extras)}]" if extras else "."
    return [python, "-m", "pip", "install", "-q", *options, "-c", "constraints.txt", "-e", wanted]


def fetched(command):
    """Return the files that pip would fetch, as addresses; none where this pip cannot say so."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        if subprocess.run([*command, "--dry-run", "--report", report], cwd=ROOT, capture_output=True).returncode:
            return []
        entries = json.loads(report.read_bytes())["install"]
    return [each["download_info"]["url"] for each in entries if "archive_info" in each["download_info"]]


def size(address):
    """Return the bytes of a file at an address, 0 where nobody says."""
    with suppress(OSError, ValueError, TypeError), urlopen(Request(address, method="HEAD"), timeout=PATIENCE) as reply:
        return int(reply.headers["Content-Length"])
    return 0


def announce(addresses):
    """Say how much is going to be fetched."""
    with ThreadPoolExecutor(8) as several:
        total = sum(several.map(size, addresses))
    if total:
        cuda = "" if not wants_cpu_build() or total < 10**9 else "; among it CUDA, since PyTorch's own index is silent"
        print(f"fetching {len(addresses)} packages, {total / 1e6:.0f} MB{cuda}", flush=True)


def main(extras):
    """Set up; return an exit code."""
    folder = ROOT / ".venv"
    if sys.version_info < (3, 10):  # noqa: UP036  # this file is what an older one may run
        print(f"this is Python {platform.python_version()}; allowed are 3.10 to 3.14 (PYTHON=python3.12 make dream)")
        return 1
    print(f"setting up {folder}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    command = install(python_of(folder), sources(), extras)
    announce(fetched(command))
    return subprocess.run(command, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
