"""Compiled: the loops of `dreamcore.network.kernels`."""
