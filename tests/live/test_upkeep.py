"""A lab that runs, and of which something died, was restarted or is planned otherwise: `up` changes just that."""

import os

import pytest

from lab.client import Client
from lab.engine import discovery
from lab.errors import EngineError
from lab.progress import Nobody
from lab.waiting import until
from tests.bringup.bench import Ear
from tests.live.conftest import HOME_LAN

pytestmark = pytest.mark.docker

OWNER = f"upkeep-{os.getpid()}"


@pytest.fixture(scope="module")
def engine():
    return discovery.connect(Nobody())


@pytest.fixture(scope="module")
def ear():
    return Ear()


@pytest.fixture(scope="module")
def client(ear):
    client = Client.connected(ear)
    client.owner = OWNER
    yield client
    client.clean()


@pytest.fixture(scope="module")
def up(client, ear, tmp_path_factory):
    """Bring the home LAN up, with other words in its text, and return what was said about it."""
    file = tmp_path_factory.mktemp("upkeep") / "home-lan.yml"

    def up(*changes):
        text = HOME_LAN
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text)
        ear.heard.clear()
        client.up(str(file))
        return ear.heard

    return up


@pytest.fixture
def lab(up, engine):
    """Give the home LAN, well: its containers by the names of its nodes."""
    up()

    def containers():
        ours = engine.containers.list(all=True, filters={"label": f"wiretale.owner={OWNER}"})
        return {one.name.split(".")[-1]: one for one in ours if not one.name.endswith("_wiring")}

    return containers


def works(lab):
    """Assert that the victim gets the page: by name, over two routers, one of which hides it."""
    asked = lab()["victim"].exec_run(["curl", "--silent", "--max-time", "5", "http://python.org/"])
    assert b"<h1>Python</h1>" in asked.output


def changed(lab, before):
    after = lab()
    return {name for name in after.keys() | before.keys() if name not in before or after.get(name) != before[name]}


def killed(node):
    node.kill()


def restarted(node):
    node.restart(timeout=0)


def removed(node):
    node.remove(force=True)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (killed, "it had ended; made anew"),
        (restarted, "it had lost its wires; made anew"),
        (removed, "it was not there; made"),
    ],
)
@pytest.mark.parametrize("node", ["web", "router"])
def test_a_node_in_trouble_is_repaired_and_no_other(lab, up, node, trouble, said):
    before = lab()
    trouble(before[node])
    assert up()[0] == f"{node}: {said}"
    assert changed(lab, before) <= {node}
    works(lab)
    assert up() == []


def test_when_the_switch_has_died_the_nodes_are_wired_again(lab, up):
    before = lab()
    before["_switch"].kill()
    assert up()[0] == "wires: the switch had died; laid anew"
    assert changed(lab, before) == {"_switch"}
    works(lab)
    assert up() == []


def test_when_the_switch_was_restarted_the_nodes_are_wired_again(lab, up):
    before = lab()
    before["_switch"].restart(timeout=0)
    assert up()[0] == "wires: the switch was restarted; laid anew"
    assert changed(lab, before) == {"_switch"}
    works(lab)


def test_a_node_that_was_restarted_before_the_switch_died_is_made_anew(lab, up):
    before = lab()
    before["router"].restart(timeout=0)
    before["_switch"].kill()
    assert up()[:2] == ["router: it had lost its wires; made anew", "wires: the switch had died; laid anew"]
    works(lab)


def test_when_everything_has_ended_everything_is_made_anew(lab, up):
    """As after a restart of the engine."""
    before = lab()
    for one in before.values():
        one.kill()
    assert up()[-1] == "wires: the switch had died; laid anew"
    assert changed(lab, before) == set(before)
    works(lab)


def test_of_a_topology_that_changed_only_what_differs_is_made_anew(lab, up):
    before = lab()
    page = ("<h1>Python</h1>", "<h1>Python</h1> <p>It has changed.</p>")
    assert up(page)[:2] == ["web: its pages changed; made anew", "wires: the topology changed; laid anew"]
    assert changed(lab, before) == {"web", "_switch"}
    assert b"It has changed" in lab()["victim"].exec_run(["curl", "--silent", "http://python.org/"]).output
    assert up(page) == []


def test_a_repair_that_fails_leaves_the_others_as_they_were(lab, client, up, engine):
    """The name that the new node would have is taken by somebody else's container."""
    before = lab()
    name = before["web"].name
    before["web"].remove(force=True)
    image = engine.containers.get(before["victim"].id).image
    squatter = engine.containers.create(image, ["true"], name=name)
    try:
        with pytest.raises(EngineError, match="node 'web' does not start"):
            up()
    finally:
        squatter.remove()
    until(lambda: changed(lab, before) == {"web"}, "the others to be as they were", within=5)
    assert up()[0] == "web: it was not there; made"
    works(lab)
