"""A server for instant messages: prosody, with its people, in the clear and, with a certificate, over TLS."""

from lab.kinds import questions
from lab.kinds.accounts import Passwords
from lab.kinds.identities import WITHOUT_TICKETS, Places, identity
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.topology.model import DomainName

_CONFIGURATION = "/etc/prosody/lab.cfg.lua"
_IDENTITY = Places(certificate="/etc/prosody/lab.crt", key="/etc/prosody/lab.key")
_PEOPLE = "/srv/xmpp"


class Xmpp(Kind, name="xmpp"):
    """A server for instant messages on port 5222 (RFC 6120)."""

    packages = ("prosody",)
    is_large = True

    domain: DomainName
    """What stands behind the @ in the addresses of its people."""
    users: Passwords
    """Who may log in, each with a password."""
    tls: bool = False
    """Whether it has a certificate of the lab's authority, which says that it speaks for its domain."""

    def setup(self, around: Surroundings) -> Setup:
        """Return prosody in the foreground, which keeps everything but its people in its memory, and asks nobody."""
        configuration = rendered(
            "prosody.cfg.lua",
            domain=self.domain,
            people=_PEOPLE,
            ipv6=self.speaks_ipv6,
            identity=_IDENTITY if self.tls else None,
        )
        return Setup(
            command=("prosody", "-F", "--config", _CONFIGURATION),
            user="prosody",
            files=(
                File(_CONFIGURATION, configuration),
                WITHOUT_TICKETS,
                *(
                    File(f"{_folder(self.domain)}/{name}.dat", f'return {{ ["password"] = "{word}" }};\n')
                    for name, word in self.users.items()
                ),
                *identity(around, (self.domain,) if self.tls else (), _IDENTITY),
            ),
            ready=(questions.listens_on_tcp(5222),),
            answers="XMPP on port 5222",
        )


def _folder(domain: str) -> str:
    """Return where prosody keeps the people of a domain; in names of files it writes dots and hyphens by number."""
    return f"{_PEOPLE}/{domain.replace('.', '%2e').replace('-', '%2d')}/accounts"
