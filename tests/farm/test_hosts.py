"""Several hosts with addresses of their own, one of which is cut off and comes back."""

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest

pytest.importorskip("distributed", reason="needs dask.distributed: pip install '.[farm]'")

from tests.farm import fakes
from tests.farm.places import Place, certificates, settings
from tests.farm.test_engine import PATIENT, Told, run, states

HUB, HOSTS = "10.213.77.1", ("10.213.77.2", "10.213.77.3")
SOON = "11s"  # dask takes no less


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@contextmanager
def network():
    """Make a network of this machine's own: a bridge, and a host at each address, in a namespace behind a cable."""
    with ExitStack() as undo:
        try:
            ip("link", "add", "dreamhub", "type", "bridge")
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no network can be made here: {error}")
        undo.callback(ip, "link", "del", "dreamhub")
        ip("addr", "add", f"{HUB}/24", "dev", "dreamhub")
        ip("link", "set", "dreamhub", "up")
        for number, address in enumerate(HOSTS):
            host, cable = f"dreamhost{number}", f"dream{number}"
            ip("netns", "add", host)
            undo.callback(ip, "netns", "del", host)
            ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", host)
            ip("link", "set", cable, "master", "dreamhub", "up")
            for words in (("addr", "add", f"{address}/24", "dev", "eth0"), ("link", "set", "eth0", "up")):
                ip("-n", host, *words)
            ip("-n", host, "link", "set", "lo", "up")
        yield


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs Linux, and root for a network")
def test_a_host_that_is_cut_off_loses_no_frame_and_works_on_when_it_is_back(tmp_path):
    named = certificates(tmp_path, HUB, *HOSTS)
    soon = {"DISTRIBUTED__COMM__TIMEOUTS__TCP": SOON, "DISTRIBUTED__SCHEDULER__WORKER_TTL": SOON}
    with network(), Place(tmp_path, HUB, "tls", **named, **soon, **PATIENT) as place, settings(**named):
        place.scheduler()

        def join(number):
            place.worker("--host", HOSTS[number], inside=["ip", "netns", "exec", f"dreamhost{number}"])

        def cut(event):
            ip("link", "set", "dream0", "down")

        def mend(event):
            ip("link", "set", "dream0", "up")
            join(0)
            place.wait_for_workers(2)  # else the other host could have made all cells before

        def is_gone(event):
            return event["state"] == "note" and "goes on elsewhere" in event["text"]

        told = Told(lambda event: HOSTS[0] in event.get("worker", "") and event["frame"] == 2, cut, is_gone, mend)
        join(0), join(1)
        made = run(place.file, fakes.tasks(tmp_path, 12), told, fakes.write_slowly)
    assert states(made) == ["made"] * 12
    assert fakes.whole(tmp_path, 12)
    cut_off = next(number for number, event in enumerate(told) if is_gone(event))
    assert any(HOSTS[0] in event.get("worker", "") for event in told[cut_off:])
