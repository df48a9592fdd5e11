"""Holds ``deep-dream``, the folder that GIMP loads; ``dreamcore gimp install`` puts it where GIMP looks."""
