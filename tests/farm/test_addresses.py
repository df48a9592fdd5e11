"""Where a scheduler is, and who else could reach it."""

import json

import pytest

from dreamcore.errors import DreamError
from dreamcore.farm.addresses import refuse_open, scheduler_address


@pytest.mark.parametrize("address", ["tcp://10.0.0.5:8786", "tcp://[fe80::1]:8786", "tcp://render-1:8786"])
def test_ports_that_others_reach_are_refused_without_tls(address):
    with pytest.raises(DreamError, match="whoever reaches"):
        refuse_open(["tcp://127.0.0.1:1", address])


def test_ports_of_this_machine_and_tls_are_taken():
    refuse_open(["tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:8786", "tls://10.0.0.5:8786"])


def test_a_schedulers_file_says_its_address(tmp_path):
    file = tmp_path / "scheduler.json"
    file.write_text(json.dumps({"type": "Scheduler", "address": "tls://10.0.0.5:8786", "workers": {}}))
    assert scheduler_address(str(file)) == "tls://10.0.0.5:8786"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"address": 3}', '{"address": "many"}'])
def test_files_that_no_scheduler_has_written_are_refused(tmp_path, text):
    (tmp_path / "scheduler.json").write_text(text)
    with pytest.raises(DreamError, match="no scheduler of dask has written it"):
        scheduler_address(str(tmp_path / "scheduler.json"))


@pytest.mark.parametrize(
    "place", ["many", "", "http://10.0.0.5", "127.0.0.1:8786", "tcp://127.0.0.1", "tls://", "tcp://a:99999"]
)
def test_places_of_no_kind_are_refused(place):
    with pytest.raises(DreamError, match="no such place to work on"):
        scheduler_address(place)
