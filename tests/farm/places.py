"""Schedulers and workers of dask as processes of their own, as people start them."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

PATIENCE = 300  # seconds in which even a busy machine does something
ROOT = Path(__file__).resolve().parents[2]


class Place:
    """A scheduler, and workers that come and go; all end with the block."""

    def __init__(self, folder, host="127.0.0.1", protocol="tcp", inside=(), **settings):
        self.folder, self.host, self.protocol, self.inside = Path(folder), host, protocol, inside
        self.file = self.folder / "scheduler.json"
        self.port, self.started = 0, []
        settings = {f"DASK_{name}": str(value) for name, value in settings.items()}
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for process in self.started:
            with_children(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def address(self):
        return json.loads(self.file.read_text())["address"]

    def start(self, program, *options, inside=None, environment=None):
        command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *map(str, options), "--no-dashboard"]
        log = (self.folder / f"{program}-{len(self.started)}.log").open("w")
        process = subprocess.Popen(
            [*(self.inside if inside is None else inside), *command],
            env={**self.environment, **(environment or {})},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def scheduler(self):
        """Start a scheduler, at the port of the one before, and wait until it is there."""
        self.file.unlink(missing_ok=True)
        process = self.start(
            *("scheduler", "--host", self.host, "--port", self.port, "--protocol", self.protocol),
            *("--scheduler-file", self.file),
        )
        wait_until(self.file.exists)
        wait_until(lambda: self.file.stat().st_size)
        self.port = int(self.address.rpartition(":")[2])
        return process

    def worker(self, *options, nanny=False, **more):
        """Start a worker of one thread."""
        kind = "--nanny" if nanny else "--no-nanny"
        known = ["--protocol", self.protocol, "--nthreads", 1, "--memory-limit", 0, kind]
        known += ["--local-directory", self.folder]
        return self.start("worker", self.address, *known, *options, **more)

    def wait_for_workers(self, count):
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=PATIENCE)


def with_children(process, number):
    """Send a signal to all processes of the session that one has begun."""
    with suppress(ProcessLookupError):
        os.killpg(process, number)


def wait_until(is_so):
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "nothing has happened"
        time.sleep(0.05)


def certificates(folder, *hosts):
    """Write an authority of our own, and a certificate by it; return dask's settings that name them."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def write(name, subject, issuer, issuer_key, *extensions):
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(timezone.utc)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        made = builder.sign(issuer_key or key, hashes.SHA256())
        secret = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        Path(folder, f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        Path(folder, f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *secret))
        return key

    def called(name):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])

    authority = write("ca", called("farm"), called("farm"), None, x509.BasicConstraints(True, None))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host)) for host in hosts or ["127.0.0.1"]])
    write("farm", called("one"), called("farm"), authority, names)
    who = ("scheduler", "worker", "client")
    pairs = {f"{each}__{kind}": f"farm.{end}" for each in who for kind, end in (("cert", "pem"), ("key", "key"))}
    named = {"ca-file": "ca.pem", **pairs}
    return {f"DISTRIBUTED__COMM__TLS__{name.upper()}": str(Path(folder, file)) for name, file in named.items()}


@contextmanager
def settings(**named):
    """Give this process settings of dask, as an environment does that it is started with."""
    import dask

    with dask.config.set({name.lower().replace("__", "."): value for name, value in named.items()}):
        yield
