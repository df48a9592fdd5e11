"""Progress with remaining time: a bar on a terminal, plain lines elsewhere."""

import sys
from time import monotonic

import click

_PAUSE = 5  # seconds between plain lines


class Progress:
    """Report steps of dreams in a run of several frames; use as a context.

    Parameters
    ----------
    frames : int
        Frames to be made by this run.
    quiet : bool
    """

    def __init__(self, frames, quiet=False):
        self.frames, self.quiet = frames, quiet
        self.bar, self.finished, self.part = None, 0, 0.0

    def __enter__(self):
        self.began = self.printed = monotonic()
        if not self.quiet and sys.stderr.isatty():
            from tqdm import tqdm

            shape = "{l_bar}{bar}| frame {postfix}  {elapsed}, {remaining} left"
            self.bar = tqdm(total=self.frames, bar_format=shape, postfix=f"1/{self.frames}")
        return self

    def __exit__(self, *reason):
        if self.bar is not None:
            self.bar.close()

    def step(self, done, steps):
        """Take note of steps done in the frame in work: the `progress` of `dreamcore.dream`."""
        if self.bar is not None:
            self.bar.update(done / steps - self.part)
        self.part = done / steps
        if done == steps:
            self.finished, self.part = self.finished + 1, 0.0
        if self.bar is not None:
            self.bar.set_postfix_str(f"{min(self.finished + 1, self.frames)}/{self.frames}", refresh=False)
        elif not self.quiet and monotonic() - self.printed >= _PAUSE:
            self.printed = monotonic()
            share = (self.finished + self.part) / self.frames
            left = (self.printed - self.began) * (1 - share) / share
            frame = min(self.finished + 1, self.frames)
            click.echo(f"{share:4.0%}  frame {frame}/{self.frames}, {left:.0f} s left", err=True)
