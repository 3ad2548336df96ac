"""A mail server: OpenSMTPD takes mail, Dovecot keeps it and gives it to those whose it is."""

from typing import Annotated

from pydantic import Field

from lab.kinds import questions
from lab.kinds.accounts import Passwords
from lab.kinds.identities import WITHOUT_TICKETS, Places, identity
from lab.kinds.kind import File, Kind, Service, Setup, Surroundings, with_services
from lab.kinds.rendering import rendered
from lab.topology.model import DomainName

_SMTPD, _DOVECOT, _PASSWORDS = "/etc/smtpd-lab.conf", "/etc/dovecot/lab.conf", "/etc/dovecot/lab.passwords"
_SOCKETS = "/run/dovecot"
"""Where Dovecot refuses to begin while sockets of one that was killed are there."""
_IDENTITY = Places(certificate="/etc/dovecot/lab.crt", key="/etc/dovecot/lab.key")


class Mail(Kind, name="mail"):
    """A server of a domain: SMTP on port 25 (RFC 5321), POP3 on 110 (RFC 1939), IMAP on 143 (RFC 9051).

    On port 587 its own people hand in letters, with a password (RFC 6409): that is Dovecot, which passes them on to
    OpenSMTPD. Port 25 is in the clear, since OpenSMTPD 6.8, Debian's, cannot sign with its key by OpenSSL 3,
    https://github.com/OpenSMTPD/OpenSMTPD/issues/1171.
    """

    packages = ("dovecot-imapd", "dovecot-lmtpd", "dovecot-pop3d", "dovecot-submissiond", "opensmtpd")
    is_large = True

    domain: DomainName
    """What stands behind the @ in the addresses of its people."""
    users: Passwords
    """Who has a mailbox, each with a password."""
    tls: tuple[DomainName, ...] = ()
    """The names of which a certificate of the lab's authority says that they are this server's: for all but port 25."""
    quota: Annotated[int, Field(ge=1)] | None = None
    """How many kilobytes of letters each mailbox holds; what comes on top waits until there is room."""

    def setup(self, around: Surroundings) -> Setup:
        """Return both daemons, which part with root for all that they do for others, and speak by LMTP (RFC 2033)."""
        name = self.tls[0] if self.tls else f"{around.name}.{around.topology.name}.lab"
        words = {"name": name, "domain": self.domain, "identity": _IDENTITY if self.tls else None}
        people = "".join(f"{person}:{word}:mail:mail::/var/mail/{person}::\n" for person, word in self.users.items())
        takes = Service(
            command=("smtpd", "-d", "-f", _SMTPD),
            user="root",
            files=(
                File(
                    _SMTPD,
                    rendered("smtpd.conf", people=[f'"{person}@{self.domain}"' for person in self.users], **words),
                ),
            ),
            capabilities=frozenset({"CHOWN", "FOWNER", "SETGID", "SETUID", "SYS_CHROOT"}),
            ready=(questions.listens_on_tcp(25),),
        )
        keeps = Service(
            command=("sh", "-c", f"rm -rf {_SOCKETS} && exec dovecot -F -c {_DOVECOT}"),
            user="root",
            files=(
                File(
                    _DOVECOT,
                    rendered("dovecot.conf", me=self, passwords=_PASSWORDS, **words),
                ),
                File(_PASSWORDS, people),
                WITHOUT_TICKETS,
                *identity(around, self.tls, _IDENTITY),
            ),
            ready=tuple(map(questions.listens_on_tcp, (110, 143, 587))),
        )
        return with_services(
            Setup(answers="SMTP on ports 25 and 587, POP3 on port 110, IMAP on port 143"), (keeps, takes)
        )
