from .tuning import tune_process as tune_process
