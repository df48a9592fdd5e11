"""What would be slow in NumPy: loops over pixels and codes, compiled."""
