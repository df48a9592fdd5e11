from .foretelling import foresee as foresee
from .reading import read_sweep as read_sweep
from .results import each_result as each_result
from .results import read_results as read_results
from .running import run_sweep as run_sweep
from .sweep import Sweep as Sweep
from .sweep import make_sweep as make_sweep
