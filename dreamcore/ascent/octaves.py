from dreamcore.ascent import dreams

octave_sizes = dreams.octave_sizes
