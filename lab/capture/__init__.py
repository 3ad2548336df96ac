"""Frames that were seen, patterns that they fit, and the files that keep them."""
