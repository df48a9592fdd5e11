"""Writers of animations, each frame by frame, in memory that does not grow with their number."""
