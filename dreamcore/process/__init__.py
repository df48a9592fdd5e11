"""What only the owner of a process may change: its heap, its threads, its environment."""
