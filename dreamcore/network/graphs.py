"""Gradients recorded as CUDA graphs: what comes again with the same shapes starts at once, not kernel by kernel."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

import torch

Results: TypeAlias = tuple[torch.Tensor, ...]

_MOST = 8  # recordings that are kept, such as two pictures' octaves


class Graphs:
    """A computation on a GPU that is recorded when it comes the second time, and played back from then on.

    Parameters
    ----------
    compute : callable
        ``compute(x, *options) -> tuple of Tensor``, which waits for nothing and looks at no number. What cannot be
        recorded (an objective that copies from the processor, say) is computed each time.
    """

    def __init__(self, compute: Callable[..., Any]) -> None:
        self.compute = compute
        # What plays each: None when it has come once, `compute` where that must do.
        self.known: OrderedDict[Hashable, Callable[..., Any] | None] = OrderedDict()
        self.pool: Any = None

    def __call__(self, x: torch.Tensor, *options: Any) -> Any:
        key = x.shape, x.dtype, *options
        if key not in self.known:
            self.known[key] = None
            if len(self.known) > _MOST:
                self.known.popitem(last=False)
            return self.compute(x, *options)
        self.known.move_to_end(key)
        player = self.known[key]
        if player is None:
            player = self.known[key] = self._recorded(x, options)
        return player(x, *options)

    def _recorded(self, x: torch.Tensor, options: tuple[Any, ...]) -> Callable[..., Any]:
        self.pool = self.pool or torch.cuda.graph_pool_handle()
        taken, graph, side = x.clone(), torch.cuda.CUDAGraph(), torch.cuda.Stream(x.device)
        side.wait_stream(torch.cuda.current_stream(x.device))
        with torch.cuda.stream(side):  # what libraries set up at their first call must not be recorded
            self.compute(taken, *options)
        torch.cuda.current_stream(x.device).wait_stream(side)
        try:
            with torch.cuda.graph(graph, pool=self.pool):
                results = self.compute(taken, *options)
        except RuntimeError:
            return self.compute

        def play(x: torch.Tensor, *options: Any) -> Results:
            taken.copy_(x)
            graph.replay()
            return tuple(each.clone() for each in results)  # the next playing overwrites them

        return play
