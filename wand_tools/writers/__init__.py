"""Writers of animations: frame by frame, in memory that does not grow with the number of frames."""
