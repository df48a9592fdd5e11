"""What stands in for workers of dask where thousands of them are wanted: they speak to a scheduler as workers do.

A stand-in has an address, registers, sends signs of life with figures as large as a worker's, takes tasks, gives them
back where they are stolen, tells events and answers. It dreams nothing and loads nothing: a task is the seconds that
its cell says it takes, and there is no thread, no folder and no look at the machine. So what the scheduler and the
engine do is real, and what a worker's process does is not there.
"""

import asyncio
import json
import pickle
import time
from collections import deque

from distributed.batched import BatchedSend
from distributed.comm import connect
from distributed.core import Server

_TOPIC = "dreamcore"  # as the engine calls it
_FIGURES = {
    "task_counts": {"executing": 1},
    "bandwidth": {"total": 1e8, "workers": {}, "types": {}},
    "digests_total_since_heartbeat": {("execute", "_dream_there", "thread-noncpu", "seconds"): 1.0},
    "managed_bytes": 100,
    "spilled_bytes": {"memory": 0, "disk": 0},
    "transfer": {"incoming_bytes": 0, "incoming_count": 0, "outgoing_bytes": 0, "outgoing_count": 0},
    "event_loop_interval": 0.02,
    "cpu": 99.0,
    "memory": 900_000_000,
    "host_net_io": {"read_bps": 0.0, "write_bps": 0.0},
    "host_disk_io": {"read_bps": 0.0, "write_bps": 0.0},
    "num_fds": 30,
}


class StandIn(Server):
    """A worker of one thread, at an address of its own."""

    def __init__(self, scheduler, versions):
        super().__init__(
            handlers={},
            stream_handlers={
                "compute-task": self.take,
                "cancel-compute": self.give_back,
                "free-keys": self.forget,
                "steal-request": self.answer_thief,
                "remove-worker": lambda **rest: None,  # which workers that exchange data want to know
            },
        )
        self.scheduler, self.versions = scheduler, versions
        self.left, self.now, self.data = deque(), None, set()
        self.is_asked = asyncio.Event()
        self.stream, self.work = BatchedSend("2ms"), []

    async def start_unsafe(self):
        """Tell the scheduler that there is a worker, and begin to work."""
        await super().start_unsafe()
        await self.listen("tcp://127.0.0.1")
        comm, at = await connect(self.scheduler), time.time()
        known = {"address": self.address, "name": self.address, "server_id": self.id, "versions": self.versions}
        empty = {"resources": {}, "services": {}, "extra": {}, "nanny": None, "memory_limit": None}
        facts = {"status": "running", "nthreads": 1, "now": at, "stimulus_id": f"connect-{at}", "metrics": _figures()}
        await comm.write(
            {"op": "register-worker", "reply": False, "local_directory": "", "pid": 0, **known, **empty, **facts}
        )
        answer = await comm.read()
        self.stream.start(comm)
        self.work = [
            asyncio.ensure_future(each)
            for each in (self.handle_stream(comm), self.live(answer["heartbeat-interval"]), self.do_tasks())
        ]
        return self

    async def end(self):
        """Be gone without a word, as when a process is killed."""
        self.stream.comm.abort()
        for each in self.work:
            each.cancel()
        await self.close()

    async def live(self, pause):
        """Send signs of life, as often as the scheduler wishes."""
        while True:
            await asyncio.sleep(pause)
            answer = await self.rpc(self.scheduler).heartbeat_worker(
                address=self.address, now=time.time(), metrics=_figures(), executing={}, extensions={}
            )
            pause = answer["heartbeat-interval"]

    def take(self, key, run_id, run_spec, **rest):
        self.left.append((key, run_id, run_spec.args))
        self.is_asked.set()

    def give_back(self, key, **rest):
        self.left = deque(each for each in self.left if each[0] != key)

    def forget(self, keys, **rest):
        self.data.difference_update(keys)

    def answer_thief(self, key, stimulus_id):
        is_left = any(each[0] == key for each in self.left)
        state = "ready" if is_left else "executing" if key == self.now else "memory" if key in self.data else None
        self.give_back(key)
        self.stream.send({"op": "steal-response", "key": key, "state": state, "stimulus_id": stimulus_id})

    async def do_tasks(self):
        while True:
            while not self.left:
                self.is_asked.clear()
                await self.is_asked.wait()
            self.now, run_id, (_, text, pause) = self.left.popleft()
            task, begun = json.loads(text), time.time()
            await self.dream(task, pause)
            outcome = {"cell": task["cell"], "state": "made", "error": None, "exit": 0, "folder": task["folder"]}
            outcome["wait"] = task["wait"]
            answer = json.dumps({"worker": self.address, "outcome": outcome, "fit": True})
            self.tell({"key": self.now, "answer": answer})
            told = {"metadata": {}, "thread": 1, "type": pickle.dumps(type(None)), "typename": "NoneType", "nbytes": 16}
            spent = [{"action": "compute", "start": begun, "stop": time.time()}]
            done = {"op": "task-finished", "status": "OK", "key": self.now, "run_id": run_id, "startstops": spent}
            self.data.add(self.now)
            self.now = None
            self.stream.send({**done, **told, "stimulus_id": f"task-finished-{time.time()}"})

    def tell(self, event):
        self.stream.send({"op": "log-event", "topic": _TOPIC, "msg": event})

    async def dream(self, task, pause):
        """Take as long as the task says, and tell so from time to time."""
        left = task["wait"]
        while left > 0:
            event = {"cell": task["cell"], "state": "dreaming", "frame": 1, "frames": 1, "part": 0.5, "key": self.now}
            self.tell({**event, "worker": self.address})
            await asyncio.sleep(min(pause, left))
            left -= pause


def _figures():
    return {**_FIGURES, "time": time.time()}
