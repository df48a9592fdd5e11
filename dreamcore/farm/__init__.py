"""Sweeps: many sequences, each a cell with a number, on one core or on many machines."""
