"""Frames that were seen, patterns that they fit, and the files that keep them. Importing it costs scapy's import."""

from lab.capture.capture import Answer, Capture, explain, load_acts, save_acts
from lab.capture.frame import UNKNOWN, Frame, Port, Window
from lab.capture.patterns import matches, misses
from lab.capture.pcapng import PcapngWriter
from lab.capture.tapped import Seen, Switched

__all__ = [
    "UNKNOWN",
    "Answer",
    "Capture",
    "Frame",
    "PcapngWriter",
    "Port",
    "Seen",
    "Switched",
    "Window",
    "explain",
    "load_acts",
    "matches",
    "misses",
    "save_acts",
]
