"""What a story does to a lab from outside works while its block lasts, and is undone when it ends, however it ends."""

import json

import pytest

pytestmark = pytest.mark.docker


class Mishap(Exception):
    """A story that breaks off."""


@pytest.fixture(scope="module")
def lab(labs):
    return labs("home-lan")


@pytest.fixture
def state(lab):
    """Tell what an intervention could leave behind: rules, tracked connections, neighbours, carriers."""

    def seen():
        lab.forget()
        nodes = {name: lab.instance.container(name) for name in lab.plan.nodes}
        return {name: looked(lab, container) for name, container in {**nodes, "switch": lab.instance.switch}.items()}

    return seen


def looked(lab, container):
    pid = str(lab._engine.container(container).pid)
    return [from_outside(lab, pid, command) for command in ("nft list ruleset", "ip neigh", "ip -br link")]


def from_outside(lab, pid, command):
    """Run a command in a node's network with the wiring's rights, which the node itself does not have."""
    return lab._engine.run(lab.instance.wiring, ["nsenter", "-t", pid, "-n", *command.split()]).stdout


def interventions(lab):
    gateway = lab["router"].on("lan")
    return {
        "unplugged": lab["printer"].unplugged,
        "pinning": lambda: lab["victim"].pinning(gateway),
        "redirecting": lambda: lab["attacker"].redirecting(80, to=8080),
        "inspecting_arp": lambda: lab.inspecting_arp("lan"),
    }


NAMES = ("unplugged", "pinning", "redirecting", "inspecting_arp")


@pytest.mark.parametrize("name", NAMES)
def test_an_intervention_changes_the_lab_and_is_undone(lab, state, name):
    before = state()
    with interventions(lab)[name]():
        assert state() != before
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
def test_an_intervention_is_undone_when_the_story_breaks_off(lab, state, name):
    before = state()
    with pytest.raises(Mishap), interventions(lab)[name]():
        raise Mishap
    assert state() == before


def test_a_pinned_neighbour_that_was_known_before_is_known_again_and_may_change(lab):
    victim, gateway, attacker = lab["victim"], lab["router"].on("lan"), lab["attacker"]
    victim.ping(gateway)
    with victim.pinning(gateway), attacker.running("poison", victim.ip, gateway.ip):
        assert entry(victim, gateway) == (gateway.mac, ["PERMANENT"])
    assert entry(victim, gateway) == (gateway.mac, ["STALE"])
    with attacker.running("poison", victim.ip, gateway.ip):
        victim.waits_for_neighbour(gateway.ip, at=attacker.mac)
    victim.waits_for_neighbour(gateway.ip, at=gateway.mac)


def entry(node, neighbour):
    (found,) = json.loads(node.run("ip", "-j", "neigh", "show", "to", neighbour.ip).stdout)
    return found["lladdr"], found["state"]


def test_a_cable_that_is_out_carries_nothing(lab):
    victim, printer = lab["victim"], lab["printer"]
    with printer.unplugged() as cable:
        assert victim.ping(printer).exit_code != 0
        cable.plug_in()
        assert victim.ping(printer).exit_code == 0


def test_a_server_that_takes_no_notice_of_its_input_ends_with_its_block(lab):
    victim, listening = lab["victim"], ("ss", "-Hltn", "sport = :7777")

    def story():
        with victim.serving("python3", "-u", "-m", "http.server", "7777") as server:
            server.hears("Serving HTTP")
            assert victim.run(*listening).stdout
            raise Mishap

    with pytest.raises(Mishap):
        story()
    victim.waits_until_silent(*listening)
