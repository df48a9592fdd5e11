"""The child process that dreams for a program which cannot import numpy or torch, such as a GIMP plug-in."""
