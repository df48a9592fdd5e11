"""The GIMP filter: `deep-dream/` is the folder that GIMP loads, `dreamcore gimp install` puts it there."""

import os

__path__.append(
    os.path.join(os.path.dirname(__file__), "deep-dream")
)  # no Python name: so is gimp_plugin.protocol seen
