"""What the dialog asks the worker while it is open, and who gets the answers. Nothing here waits."""

from gi.repository import GLib
from language import FOLDER, _
from worker_client import Worker, WorkerError, find_command

OFTEN = 30  # milliseconds between two looks at what has come
MORE_TO_COME = ("started", "progress", "strip", "frame", "layer", "thumbnail")  # answers that are not the last one


class Conversation:
    """Messages to a worker, and their answers brought to those who asked.

    Parameters
    ----------
    python : str
        Which Python the worker is of; empty for the one that is noted.
    failed : callable
        Called with a message that says that something asked for went wrong, where who asked does not want it.
    gone : callable
        Called with the error when the worker has ended, once.
    """

    def __init__(self, python, failed, gone):
        self.worker, self.failed, self.gone, self.is_lent = None, failed, gone, False
        self.start(python)
        self.timer = GLib.timeout_add(OFTEN, self._look)

    def start(self, python):
        """Begin with another worker; `gone` is called, soon, where there can be none."""
        self.end_worker()
        self.jobs, self.error = {}, None
        try:
            self.worker = Worker(find_command(FOLDER, python))
        except WorkerError as error:
            self.error = error

    def ask(self, do, answered, pictures=None, failed=None, described=None, **fields):
        """Send a message; its answers come to `answered`, an error to `failed`.

        `pictures` travel with it; `described` are some of which only the sizes matter.
        """
        if self.worker is None:
            return None
        if pictures:
            job = self.worker.send(do, pictures.pieces(), pictures.size, pictures=pictures.described, **fields)
        elif described:
            job = self.worker.send(do, pictures=described, **fields)
        else:
            job = self.worker.send(do, **fields)
        self.jobs[job] = answered, failed, pictures is not None
        return job

    def stop_dreams(self):
        """End the dreams in work, so that what is asked next is answered at once; nobody hears of them any more."""
        for job in [job for job, (_answered, _failed, is_dream) in self.jobs.items() if is_dream and self.worker]:
            self.worker.cancel(job)
            self.jobs[job] = None, lambda _message: None, False

    def lend(self, use):
        """Have somebody else use the worker; what was asked here is answered on, but no dream goes on.

        Raises
        ------
        WorkerError
            When there is no worker.
        """
        if self.worker is None:
            raise WorkerError(_("The worker has ended."))
        self.stop_dreams()
        self.is_lent = True
        try:
            return use(Lent(self.worker, self._answer, self.jobs))
        finally:
            self.is_lent = False

    def end(self):
        """Listen no more, and end the worker."""
        GLib.source_remove(self.timer)
        self.end_worker()

    def end_worker(self):
        """End the worker where there is one."""
        if self.worker:
            self.worker.close()
        self.worker = None

    def _look(self):
        try:
            while self.worker and not self.is_lent and (received := self.worker.receive()):
                self._answer(*received)
        except WorkerError as error:
            self.error = error
        if self.error and not self.is_lent:
            error, self.error = self.error, None
            self.end_worker()
            self.gone(error)
        return True

    def _answer(self, message, data):
        answered, failed, _is_dream = self.jobs.get(message.get("id"), (None, None, False))
        if message["say"] not in MORE_TO_COME:
            self.jobs.pop(message.get("id"), None)
        if message["say"] == "error":
            (failed or self.failed)(message)
        elif answered:
            answered(message, data)


class Lent:
    """A worker for somebody else, who does not see the answers to what was asked before.

    Parameters
    ----------
    worker : Worker
    answer : callable
        Called with the message and the bytes of such an answer.
    jobs : container
        The numbers of what was asked.
    """

    def __init__(self, worker, answer, jobs):
        self.worker, self.answer, self.jobs = worker, answer, jobs

    def __getattr__(self, name):
        return getattr(self.worker, name)

    def receive(self, timeout=None):
        """Return the next message, None where it is for others, too."""
        received = self.worker.receive(timeout)
        if received and received[0].get("id") in self.jobs:
            self.answer(*received)
            return None
        return received
