"""What a notebook shows of our values."""

from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from scapy.layers.inet import ICMP

from lab import kinds
from lab.capture import Capture
from lab.report.notebook import load_ipython_extension
from lab.running import Lab
from lab.topology.model import Topology
from lab.topology.reading import parse
from tests.capture.build import capture
from tests.ladder.conftest import SMALL
from tests.ladder.traffic import answered, routed


class Shows(dict):
    """A formatter that remembers what it was told, as IPython's do."""

    def for_type(self, kind, shown):
        self[kind] = shown


@pytest.fixture
def formatters():
    both = {"image/svg+xml": Shows(), "text/html": Shows()}
    load_ipython_extension(SimpleNamespace(display_formatter=SimpleNamespace(formatters=both)))
    return both


def test_a_topology_and_a_lab_show_the_same_picture(formatters):
    topology = parse(SMALL, "small.yml", kinds.load())
    picture = formatters["image/svg+xml"][Topology](topology)
    assert "attacker" in "".join(ElementTree.fromstring(picture).itertext())
    lab = SimpleNamespace(source=SMALL.decode(), plan=SimpleNamespace(topology="small"))
    assert formatters["image/svg+xml"][Lab](lab) == picture


def test_a_capture_shows_its_frames_with_their_true_senders(formatters):
    shown = formatters["text/html"][Capture](capture(*routed(ICMP(), 1), *answered(ICMP(type=0), 2)))
    assert shown.count("<tr>") == 1 + 4
    assert "<td>victim:lan</td><td>router:lan</td>" in shown


def test_of_a_long_capture_the_first_frames_are_shown(formatters):
    shown = formatters["text/html"][Capture](capture(*(frame for n in range(150) for frame in routed(ICMP(), n))))
    assert shown.count("<tr>") == 1 + 200
    assert "and 100 more" in shown
