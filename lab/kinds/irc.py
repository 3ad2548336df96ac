"""A chat server: ngircd, in the clear and, with a certificate, over TLS."""

from lab.kinds import questions
from lab.kinds.identities import Places, identity
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.kinds.spellings import Line, Secret
from lab.topology.model import DomainName

_CONFIGURATION = "/etc/ngircd/lab.conf"
_IDENTITY = Places(certificate="/etc/ngircd/lab.crt", key="/etc/ngircd/lab.key")


class Irc(Kind, name="irc"):
    """A chat server on port 6667, and with a certificate on port 6697 (RFC 1459, RFC 7194)."""

    packages = ("ngircd", "sic")
    is_large = True

    password: Secret | None = None
    """What everybody has to say before anything else; without it the door is open."""
    motto: Line = "Be kind."
    """The message of the day."""
    tls: tuple[DomainName, ...] = ()
    """The names of which a certificate of the lab's authority says that they are this server's."""

    def setup(self, around: Surroundings) -> Setup:
        """Return ngircd in the foreground, which asks nobody for names and writes nothing down."""
        configuration = rendered(
            "ngircd.conf",
            name=self.tls[0] if self.tls else f"{around.name}.{around.topology.name}.lab",
            password=self.password,
            motto=self.motto,
            ipv6=self.speaks_ipv6,
            identity=_IDENTITY if self.tls else None,
        )
        return Setup(
            command=("ngircd", "--nodaemon", "--config", _CONFIGURATION),
            user="irc",
            files=(File(_CONFIGURATION, configuration), *identity(around, self.tls, _IDENTITY)),
            ready=tuple(map(questions.listens_on_tcp, (6667, 6697) if self.tls else (6667,))),
            answers="IRC on port 6667, over TLS on port 6697" if self.tls else "IRC on port 6667",
        )
