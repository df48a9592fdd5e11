"""The GIMP filter: `deep-dream/` is the folder that GIMP loads, `dreamcore gimp install` puts it there."""
