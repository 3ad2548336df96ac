"""The box that calls out: what it says, and to whom."""

import runpy
from argparse import Namespace
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

import pytest

PROGRAM = runpy.run_path(str(Path(__file__).parents[2] / "images/node/rootfs/usr/local/bin/tivo"))


@pytest.fixture
def box():
    return Namespace(name="tivo", title="Meeting room", address=["10.20.1.30"], id=UUID(int=7))


def test_the_node_runs_the_program_with_its_name_its_title_and_each_of_its_addresses(one):
    assert one("tivo", title="Meeting room").setup.command[:3] == ("tivo", "node", "Meeting room")
    assert PROGRAM["arguments"](["tivo", "Den", "10.0.0.1", "10.0.1.1"]).address == ["10.0.0.1", "10.0.1.1"]


def test_a_beacon_is_names_and_values(box):
    said = dict(line.split("=", 1) for line in PROGRAM["beacon"](box).splitlines())
    assert said["tivoconnect"] == "1"
    assert said["machine"] == "Meeting room"
    assert said["identity"] == str(box.id)


def test_a_message_ends_with_an_empty_line(box):
    for message in (*PROGRAM["notices"](box, "10.20.1.30"), PROGRAM["search"]()):
        head, end = message[:-4], message[-4:]
        assert end == "\r\n\r\n"
        assert "\r\n\r\n" not in head


def test_the_notices_are_of_one_device(box):
    named = [
        dict(line.split(": ", 1) for line in one.split("\r\n")[1:-2]) for one in PROGRAM["notices"](box, "10.20.1.30")
    ]
    assert [fields["NT"] for fields in named] == ["upnp:rootdevice", f"uuid:{box.id}", PROGRAM["TYPE"]]
    assert {fields["LOCATION"] for fields in named} == {"http://10.20.1.30:49152/description.xml"}


def test_the_description_is_whole(box):
    text = PROGRAM["XML"].format(type=PROGRAM["TYPE"], title=box.title, id=box.id)
    device = ElementTree.fromstring(text)[1]
    assert device.find("{*}friendlyName").text == "Meeting room"
    assert device.find("{*}UDN").text == f"uuid:{box.id}"
