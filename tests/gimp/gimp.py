"""A GIMP 3 for the tests: the machine's own, or one in a folder that tools/gimp_root.sh made."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from gimp_plugin import install as gimp_install

REPOSITORY = Path(__file__).resolve().parents[2]
FAKE = [sys.executable, "-I", str(REPOSITORY / "tests/worker/fake_worker.py")]
OTHERS = ("python-eval", "file-jpeg", "file-png", "file-gif-load", "file-gif-export", "script-fu", "animation-play")


class Gimp:
    """One GIMP; ``root`` is the folder of its Debian, None for the machine's own."""

    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        self.profile = folder / "profile"

    def install(self, command=None):
        """Put the filter into the profile of these tests, which has few other plug-ins, so that GIMP starts soon."""
        target = gimp_install.install_into(self.profile, command)
        others = self.profile / "others"
        others.mkdir(exist_ok=True)
        for folder in Path(self.root or "/").glob("usr/lib/*/gimp/3.0/plug-ins"):
            for name in OTHERS:
                link = others / name
                if not link.is_symlink():
                    link.symlink_to(Path("/") / folder.relative_to(self.root or "/") / name)
        self.run(["gimp-console", "--version"])
        version = re.search(r"3\.\d+\.\d+", self.log.read_text())[0]
        (self.profile / "gimprc").write_text(
            f'(plug-in-path "{target.parent}:{others}")\n'
            "(show-welcome-dialog no)\n"
            f'(config-version "{version}")\n'
            "(check-updates no)\n(theme-color-scheme light)\n"
        )
        return target

    def run(self, arguments, timeout=180, **environment):
        """Run a program beside this GIMP and return its exit code; what it prints is in ``log``."""
        environment = {
            "GIMP3_DIRECTORY": self.profile,
            "HOME": self.folder,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "NO_AT_BRIDGE": "1",
            **environment,
        }
        for name in ("DREAMCORE_MODELS", "DREAMCORE_PYTHON"):
            if name in os.environ:
                environment.setdefault(name, os.environ[name])
        command = ["env", "-i", *(f"{key}={value}" for key, value in environment.items()), *map(str, arguments)]
        if self.root is None:
            return self._wait(command, timeout)
        shared = {
            REPOSITORY,
            Path(sys.prefix),
            Path(sys.base_prefix),
            *(path for path in map(Path, sys.path) if path.name == "site-packages"),
            self.folder,
            *map(Path, filter(None, os.environ.get("DREAMCORE_MODELS", "").split(os.pathsep))),
        }
        steps = [
            f"mount -t proc proc {self.root}/proc",
            f"mount --rbind /dev {self.root}/dev",
            f"mount -t tmpfs tmpfs {self.root}/tmp",
        ]
        for path in sorted(shared):  # in a mount namespace of their own, so that nothing outlives the command
            inside = shlex.quote(f"{self.root}{path.resolve()}")
            steps += [f"mkdir -p {inside}", f"mount --bind {shlex.quote(str(path.resolve()))} {inside}"]
        steps.append(f"chroot {self.root} {shlex.join(command)}")  # not exec: Xvfb signals only parents above 1
        return self._wait(
            [
                "unshare",
                "--mount",
                "--net",  # so that the displays of two runs at a time do not meet
                "--pid",
                "--fork",
                "--kill-child",
                "--propagation",
                "private",
                "sh",
                "-ec",
                "\n".join(steps),
            ],
            timeout,
        )

    def _wait(self, command, timeout):
        self.log = self.folder / "gimp.log"
        with open(self.log, "w") as log:
            try:
                return subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=timeout
                ).returncode
            except subprocess.TimeoutExpired:
                return 124

    def script(self, path, *arguments, timeout=600, switches="-idfs", **environment):
        """Run a Python script in GIMP without a window; it finds ``arguments`` and fills ``said``, which comes back."""
        answer = self.folder / "said.json"
        answer.unlink(missing_ok=True)
        code = (
            f"import json, sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
            f"said = {{}}; arguments = {[str(each) for each in (answer, *arguments)]!r}; "
            f"exec(compile(open({str(path)!r}).read(), {str(path)!r}, 'exec')); "
            f"json.dump(said, open({str(answer)!r}, 'w'))"
        )
        self.run(
            ["gimp-console", switches, "--batch-interpreter=python-fu-eval", "-b", code, "--quit"],
            timeout=timeout,
            **environment,
        )
        assert answer.exists(), self.log.read_text()[-5000:]
        return json.loads(answer.read_text())

    def drive(self, picture, *steps, size="1280x900", timeout=600, **environment):
        """Use GIMP in a window under Xvfb, see drive.py; return what it printed. Screenshots are in ``folder``."""
        code = self.run(
            [
                "xvfb-run",
                "-a",
                "-s",
                f"-screen 0 {size}x24",
                "dbus-run-session",
                "--",
                "python3",
                Path(__file__).with_name("drive.py"),
                self.folder,
                picture,
                *steps,
            ],
            timeout,
            **environment,
        )
        text = self.log.read_text()
        assert code == 0, text[-4000:]
        return text


def find(folder):
    """Return the GIMP that the tests are to use, or a sentence that says why there is none."""
    suite = os.environ.get("GIMP_SUITE", "")
    root = REPOSITORY / f".gimp-root-{suite or 'trixie'}"
    native = None if suite else shutil.which("gimp-console")
    if native and gimp_install.gimp_version(native):
        return Gimp(None, folder)
    if not (root / "done").exists():
        return f"no GIMP 3 here, and no {root.name}: make gimp-root"
    if os.name != "posix" or os.geteuid() != 0:
        return f"only root can change into {root.name}"
    return Gimp(root, folder)
