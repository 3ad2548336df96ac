"""A router's advertisements, of which hosts make their IPv6 addresses: radvd, which speaks when it is asked."""

from lab.kinds.kind import File, Question, Service, Surroundings
from lab.kinds.rendering import rendered
from lab.topology.advertising import advertiser
from lab.topology.model import ETHERNET_MTU

PACKAGES = ("radvd",)

_CONFIGURATION = "/etc/radvd.conf"
_ICMPV6 = 58


def advertising(around: Surroundings) -> tuple[Service, ...]:
    """Return what a node needs to advertise where somebody listens to it; nothing where nobody does."""
    topology = around.topology
    links = topology.nodes[around.name].links
    networks = [topology.networks[at] for at in links if advertiser(topology, at) == around.name]
    if not networks:
        return ()
    configuration = rendered("radvd.conf", networks=networks, usual=ETHERNET_MTU)
    return (
        Service(
            command=("radvd", "--nodaemon", "--config", _CONFIGURATION, "--logmethod", "stderr"),
            user="root",
            files=(File(_CONFIGURATION, configuration),),
            capabilities=frozenset({"NET_RAW"}),
            # From this moment on its socket keeps the solicitations that come.
            ready=(Question("kernel", 0, b"", rb":%04X 0" % _ICMPV6, path="raw6"),),
        ),
    )
