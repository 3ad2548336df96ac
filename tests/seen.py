"""What is shown, measured: boxes that overlap, and how far colours are apart."""

import re


def overlap(one, other):
    """Tell whether two boxes do, each given as left, top, right, bottom."""
    across = one[0] < other[2] and other[0] < one[2]
    return across and one[1] < other[3] and other[1] < one[3]


def contrast(one, other):
    """Return the contrast ratio of two colours, "#010203" or "rgb(1, 2, 3)", as WCAG 2.2 defines it."""
    dim, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour):
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    if colour.startswith("#"):
        parts = bytes.fromhex(colour[1:])
    else:
        parts = map(int, re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour).groups())
    scaled = [part / 255 for part in parts]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in scaled)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
