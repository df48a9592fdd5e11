"""The tests on every Python, with the newest and the lowest versions of everything: `nox`, or `nox -s lowest-3.10`."""

import configparser
from pathlib import Path

import nox

EXTRAS = ".[test,video,hdf5,farm]"
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
nox.options.error_on_missing_interpreters = False


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """Run the tests with the newest versions that pip finds."""
    session.install("-e", EXTRAS)
    session.run("python", "-m", "pytest", "-q", *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions that setup.cfg allows."""
    config = configparser.ConfigParser()
    config.read("setup.cfg")
    texts = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    bounds = [line.strip().replace(">=", "==", 1) for text in texts for line in text.splitlines() if ">=" in line]
    constraints = Path(session.create_tmp()) / "lowest.txt"
    constraints.write_text("\n".join(bounds))
    session.install("-e", EXTRAS, "-c", str(constraints))
    session.run("python", "-m", "pytest", "-q", *session.posargs)
