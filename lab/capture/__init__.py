"""Frames that were seen, patterns that they fit, and the files that keep them. Importing it costs scapy's import."""

from lab.capture.anatomy import Layer, anatomy
from lab.capture.asking import noting
from lab.capture.bgp import BgpMessage, bgp_messages, is_bgp
from lab.capture.capture import Answer, Capture, explain, load_acts, save_acts
from lab.capture.exposing import Exposure, exposed
from lab.capture.frame import UNKNOWN, Frame, Port, Window, payload
from lab.capture.http import Message, messages
from lab.capture.patterns import matches, misses
from lab.capture.pcapng import PcapngWriter
from lab.capture.tapped import Seen, Switched
from lab.capture.tcp import Stream, exchange, streams

__all__ = [
    "UNKNOWN",
    "Answer",
    "BgpMessage",
    "Capture",
    "Exposure",
    "Frame",
    "Layer",
    "Message",
    "PcapngWriter",
    "Port",
    "Seen",
    "Stream",
    "Switched",
    "Window",
    "anatomy",
    "bgp_messages",
    "exchange",
    "explain",
    "exposed",
    "is_bgp",
    "load_acts",
    "matches",
    "messages",
    "misses",
    "noting",
    "payload",
    "save_acts",
    "streams",
]
