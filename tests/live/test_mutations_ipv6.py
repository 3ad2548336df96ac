"""For each proof of the IPv6 story there is one change to the lab, or to the story, that turns it red."""

from contextlib import ExitStack, contextmanager

import pytest

from lab.kinds.kind import File
from tests.live.altering import filtered, hub, pid_of, told, types_otherwise, unchanged, words, written

pytestmark = pytest.mark.docker

ADVERTISES = "/etc/radvd.conf"
RESOLVES = "/etc/resolv.conf"


def once(before, program="ping"):
    """Return a change of words that changes none, and does something before a program is run for the first time."""
    done = []

    def change(argv):
        if argv[0] == program and not done:
            done.append(argv)
            before()
        return argv

    return change


def trusts(lab, monkeypatch):
    """The laptop takes its addresses without asking whether anybody has them."""
    return told(lab, "laptop", "net/ipv6/conf/lan/dad_transmits", "0", "1")


@contextmanager
def managed(lab, monkeypatch):
    """The router says that a server leases addresses."""
    file = next(file for file in lab["router"].plan.setup.files if file.path == ADVERTISES)
    content = file.content.replace("AdvSendAdvert on;", "AdvSendAdvert on;\n\tAdvManagedFlag on;")
    with written(lab, "router", file, content):
        with lab["router"].out_of_service():
            pass
        yield
    with lab["router"].out_of_service():
        pass


def shows_ipv4(lab, monkeypatch):
    """The laptop shows its other addresses."""
    return types_otherwise(monkeypatch, lab["laptop"], words("ip", "-6", "-4"))


def somebody_asks(lab, monkeypatch):
    """The desk asks for something by UDP meanwhile."""
    laptop, waits = lab["laptop"], lab["laptop"].waits_until_ready
    asks = ("dig", f"@{lab['router'].ip}", "+tries=1", "+timeout=1", "python.org")
    monkeypatch.setattr(laptop, "waits_until_ready", lambda: (waits(), lab["desk"].attempt(*asks)))
    return unchanged(lab, monkeypatch)


def joins_nothing(lab, monkeypatch):
    """The laptop says to nobody which groups it is in."""
    return filtered(lab, "laptop", "output", "ip6 daddr ff02::16 drop", "ip6")


def over_a_router(lab, monkeypatch):
    """What the desk tells seems to have come over 191 routers; the laptop is made to believe it all the same."""
    both = ExitStack()
    told_so = "icmpv6 type nd-neighbor-advert ip6 hoplimit set"
    both.enter_context(filtered(lab, "desk", "output", f"{told_so} 64", "ip6"))
    both.enter_context(filtered(lab, "laptop", "prerouting", f"{told_so} 255", "ip6"))
    return both


def desk_known(lab, monkeypatch):
    """The laptop has the desk's MAC in writing."""
    desk, pid = lab["desk"].on("lan"), pid_of(lab, "laptop")
    entry = f"neigh replace {desk.ip6} lladdr {desk.mac} dev lan nud permanent"
    return types_otherwise(
        monkeypatch, lab["laptop"], once(lambda: lab._hands.do([{"do": "ip", "pid": pid, "batch": [entry]}]))
    )


def ipv4_first(lab, monkeypatch):
    """The laptop pings the desk over IPv4 before."""
    return types_otherwise(monkeypatch, lab["laptop"], once(lambda: lab["laptop"].ping(lab["desk"])))


def asks_for_a(lab, monkeypatch):
    """It asks for an IPv4 address."""
    return types_otherwise(monkeypatch, lab["laptop"], words("dig", "AAAA", "A"))


def resolver_over_ipv6(lab, monkeypatch):
    """The laptop asks its resolver over IPv6."""
    before = File(RESOLVES, lab["laptop"].run("cat", RESOLVES).stdout)
    return written(lab, "laptop", before, f"nameserver {lab['dns'].plan.ip6}\n")


def asks_for_one(lab, monkeypatch):
    """The C library is asked for IPv4 addresses alone."""
    return types_otherwise(monkeypatch, lab["laptop"], words("getent", "ahosts", "ahostsv4"))


def twice_over_ipv4(lab, monkeypatch):
    """The page is fetched over IPv4 both times."""
    return types_otherwise(monkeypatch, lab["laptop"], words("curl", "-6", "-4"))


def other_page(lab, monkeypatch):
    """Over IPv6 another page is fetched."""

    def change(argv):
        return tuple(word.replace("org/", "org/tables.html") for word in argv) if "-6" in argv else argv

    return types_otherwise(monkeypatch, lab["laptop"], change)


def router_does_not_count(lab, monkeypatch):
    """The second router makes the hop limit of what TCP sends 64."""
    return filtered(lab, "isp", "prerouting", "meta l4proto tcp ip6 hoplimit set 64", "ip6")


def router_forgotten(lab, monkeypatch):
    """The laptop forgets where its neighbours are before it fetches the page."""
    pid = pid_of(lab, "laptop")
    forgets = [{"do": "ip", "pid": pid, "batch": ["neigh flush dev lan"]}]
    return types_otherwise(monkeypatch, lab["laptop"], once(lambda: lab._hands.do(forgets), "curl"))


def other_address(lab, monkeypatch):
    """The longest spelling is that of another node."""
    return types_otherwise(monkeypatch, lab["laptop"], words("ping", "0000:0080", "0000:0053"))


def stays_short(lab, monkeypatch):
    """Python is asked for the short spelling only."""
    return types_otherwise(monkeypatch, lab["laptop"], words("python3", "exploded", "compressed"))


def by_name(lab, monkeypatch):
    """The page is asked for by name."""
    address = f"[{lab['web'].plan.ip6}]"
    return types_otherwise(monkeypatch, lab["laptop"], words("curl", address, "python.org"))


TABLE = {
    unchanged: set(),
    trusts: {
        "the laptop first makes an address for its own network and with it asks for a router",
        "nobody has the address that the laptop wants",
    },
    hub: {
        "only the router answers and only the laptop hears it",
        "the neighbour answers with its mac to the laptop alone",
    },
    managed: {"the router tells the prefix of the network and that addresses may be made of it"},
    shows_ipv4: {"the address is the routers prefix and the laptops mac"},
    somebody_asks: {"no server leases anything"},
    joins_nothing: {"the laptop joins the group in which it will be asked for"},
    over_a_router: {"what neighbours tell each other cannot have come over a router"},
    desk_known: {
        "the question for a neighbour goes to the group of those whose address ends alike",
        "the neighbour answers with its mac to the laptop alone",
        "then the ping goes straight to the desk and comes back",
    },
    ipv4_first: {"there is no arp in ipv6"},
    asks_for_a: {"the name has an ipv6 address in a record of its own"},
    resolver_over_ipv6: {
        "the name has an ipv6 address in a record of its own",
        "a question about ipv6 travels over ipv4",
    },
    asks_for_one: {"the c library asks for both kinds from one port and prefers ipv6"},
    twice_over_ipv4: {
        "the page is the same over both",
        "tcp does not care what carries it",
        "each router takes one off the hop limit and changes nothing else",
        "ipv6 takes the way that the plan computes",
        "the laptop need not ask where the router is for the advertisement said it",
    },
    other_page: {"the page is the same over both", "in brackets an address is as good as a name"},
    router_does_not_count: {"each router takes one off the hop limit and changes nothing else"},
    router_forgotten: {"the laptop need not ask where the router is for the advertisement said it"},
    other_address: {"three spellings are one address on the wire"},
    stays_short: {"the short spelling becomes the long one and again the short one"},
    by_name: {"in brackets an address is as good as a name"},
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("dual-stack")
    with change(lab, monkeypatch):
        turned = red("ipv6", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("ipv6") == set.union(*TABLE.values())
