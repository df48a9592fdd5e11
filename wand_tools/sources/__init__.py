"""Where frames come from: directories, files, arrays, layer stacks, animations; one in memory at a time."""
