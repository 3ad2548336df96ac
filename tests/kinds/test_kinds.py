"""What holds for every kind, and how a new one joins."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from lab.errors import InputError
from lab.kinds import load, named
from lab.kinds.kind import Kind, Setup, Surroundings
from lab.topology.model import Node, Pool

LEASES = {"lan": Pool(first=100, last=110)}
OPTIONS = {
    "dns": {"zones": {"python.org": {"@": "web"}}},
    "nameserver": {"zones": {"python.org": {"@": "web"}}},
    "dhcp": {"leases": LEASES},
    "mail": {"domain": "office.example", "users": {"alice": "sesame"}},
    "xmpp": {"domain": "office.example", "users": {"alice": "sesame"}},
    "ftp": {"user": "alice", "password": "sesame", "files": {"note.txt": "hello"}},
    "ssh": {"users": {"alice": "sesame"}},
    "telnet": {"users": {"alice": "sesame"}},
    "home-router": {"leases": LEASES, "resolver": "root"},
}
ROOT = {"dhcp", "home-router", "mail", "ssh", "telnet"}
"""The kinds whose service must be root: packets for nobody's address are made by hand, and people become themselves."""
KINDS = sorted(load())


@pytest.fixture
def forget_new_kinds() -> Iterator[None]:
    known = dict(Kind.registry)
    yield
    Kind.registry.clear()
    Kind.registry.update(known)


def test_the_kinds_of_the_home_lan_are_there():
    assert set(load()) >= {"router", "dns", "http", "printer", "host", "victim", "attacker"}


def test_a_kind_knows_its_name():
    assert {name: kind.kind for name, kind in load().items()} == {name: name for name in load()}


@pytest.mark.usefixtures("forget_new_kinds")
def test_a_kind_defined_anywhere_joins_with_its_options(one):
    class Parrot(Kind, name="parrot"):
        """Says what it hears."""

        packages = ("socat",)
        greeting: str = "hello"

        def setup(self, around: Surroundings) -> Setup:
            return Setup(command=("echo", self.greeting, around.name))

    assert named("parrot") is Parrot
    assert one("parrot", greeting="good morning").setup.command == ("echo", "good morning", "node")


@pytest.mark.usefixtures("forget_new_kinds")
def test_two_kinds_of_one_name_are_refused_with_both_places():
    with pytest.raises(InputError, match=r"two kinds are called 'dns': lab\.kinds\.dns\.Dns and .*Second"):

        class Second(Kind, name="dns"):
            """Another name server."""


def test_an_unknown_kind_is_answered_with_the_near_one_or_with_all_of_them():
    with pytest.raises(InputError, match=r"there is no kind 'ruter'; did you mean 'router'\?"):
        named("ruter")
    with pytest.raises(InputError, match=r"there is no kind 'fridge'; known: .*printer"):
        named("fridge")


def test_knowing_the_kinds_does_not_load_templates_or_scapy():
    program = "import sys, lab.kinds; lab.kinds.load(); print(*{'jinja2', 'scapy'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == ""


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_is(kind):
    assert load()[kind].__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_of_a_kind_is_described(kind):
    own = load()[kind].model_fields.keys() - Node.model_fields.keys()
    assert all(load()[kind].model_fields[option].description for option in own)


@pytest.mark.parametrize("kind", KINDS)
def test_a_setup_is_the_same_every_time(one, kind):
    options = OPTIONS.get(kind, {})
    assert one(kind, **options).setup == one(kind, **options).setup


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_of_a_setup_can_be_written_where_they_say(one, kind):
    paths = [file.path for file in one(kind, **OPTIONS.get(kind, {})).setup.files]
    assert len(paths) == len(set(paths))
    assert all(path.startswith(("/etc/", "/run/", "/srv/")) and ".." not in path for path in paths)


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_has_a_question_and_runs_without_privileges(one, kind):
    setup = one(kind, **OPTIONS.get(kind, {})).setup
    assert bool(setup.command) == bool(setup.ready)
    assert not setup.command or kind in ROOT or (setup.user != "root" and not setup.capabilities)


@pytest.mark.parametrize("kind", KINDS)
def test_capabilities_are_for_root_only(one, kind):
    setup = one(kind, **OPTIONS.get(kind, {})).setup
    assert setup.user == "root" or not setup.capabilities


@pytest.mark.parametrize("kind", KINDS)
def test_sysctls_are_those_that_a_container_may_set_before_it_has_interfaces(one, kind):
    names = one(kind, **OPTIONS.get(kind, {})).setup.sysctls
    assert all(name.startswith("net.") and ".neigh." not in name for name in names)
    assert all(name.split(".")[3] in {"all", "default"} for name in names if ".conf." in name)


def test_only_routers_are_asked_to_route_and_only_name_servers_to_resolve(one):
    nodes = {kind: one(kind, **OPTIONS.get(kind, {})).topology.nodes["node"] for kind in KINDS}
    assert {kind for kind, node in nodes.items() if node.forwards} == {"router", "home-router"} & nodes.keys()
    assert {kind for kind, node in nodes.items() if node.resolves} == {"dns", "resolver", "home-router"} & nodes.keys()


def test_an_attacker_passes_on_what_it_lures_unless_told_not_to(one):
    forwarding = "net.ipv4.ip_forward"
    assert one("attacker").setup.sysctls[forwarding] == "1"
    assert one("attacker", forwarding=False).setup.sysctls[forwarding] == "0"


def test_an_attacker_neither_betrays_itself_by_redirects_nor_drops_what_comes_in(one):
    sysctls = one("attacker").setup.sysctls
    for which in ("all", "default"):
        assert sysctls[f"net.ipv4.conf.{which}.send_redirects"] == "0"
        assert sysctls[f"net.ipv4.conf.{which}.rp_filter"] == "0"


def test_a_router_answers_every_expired_packet(one):
    assert one("router").setup.sysctls["net.ipv4.icmp_ratelimit"] == "0"


def test_a_router_translates_towards_one_network_only(one):
    router = one("router", {"lan": 1, "access": 2}, nat="access")
    assert 'oifname "access" masquerade' in router.setup.firewall
    assert router.topology.nodes["node"].nat_networks == {"access"}
    assert one("router").setup.firewall == ""


def test_translation_towards_a_network_without_a_link_is_a_complaint(one):
    (complaint,) = one("router", {"lan": 1, "access": 2}, nat="acces").complaints
    assert (complaint.at, complaint.what) == (("nat", "to"), "'node' has no link to 'acces'")
    assert complaint.hint == "did you mean 'access'?"
    assert one("router", {"lan": 1, "access": 2}, nat="access").complaints == []


def test_a_printer_announces_itself_under_its_own_name_on_its_own_networks(one):
    printer = one("printer", {"lan": 9, "access": 9}, location="Reading room")
    assert printer.setup.command == ("printer", "node", "Reading room")
    assert "host-name=node\n" in printer.files["/etc/printer/avahi.conf"]
    assert "allow-interfaces=lan,access\n" in printer.files["/etc/printer/avahi.conf"]
