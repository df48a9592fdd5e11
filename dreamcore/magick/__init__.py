"""Dreams inside ImageMagick: the delegate ``dream:`` in the user's configuration, and what it runs."""
