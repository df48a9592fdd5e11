"""Many dreams: sweeps over values, pictures and recipes, on many cores or machines."""
