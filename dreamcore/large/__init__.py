"""Pictures that do not fit into memory: where they lie, how they are cut into tiles, what they will take."""
