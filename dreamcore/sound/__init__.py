"""Sounds: files are listened to, and become numbers for the frames of a sequence."""
