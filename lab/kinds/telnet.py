"""An old machine that people log in to by telnet: telnetd of GNU inetutils, which inetd starts for each of them."""

from pydantic import Field

from lab.kinds import questions
from lab.kinds.accounts import Papers, Passwords, accounts, papers, with_accounts
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered

_CONFIGURATION = "/etc/inetd-lab.conf"


class Telnet(Kind, name="telnet"):
    """A machine with a terminal for everybody who knows a name and a password, on port 23 (RFC 854)."""

    packages = ("inetutils-telnetd", "login", "openbsd-inetd")
    is_large = True

    users: Passwords
    """Who may log in, each with a password."""
    files: Papers = Field(default_factory=dict)
    """What they find there."""

    def setup(self, around: Surroundings) -> Setup:
        """Return inetd in the foreground; ``login`` asks for the password, and gives the terminal to who knows it."""
        return Setup(
            command=with_accounts("inetd", "-i", _CONFIGURATION),
            user="root",
            capabilities=frozenset({"CHOWN", "FOWNER", "SETGID", "SETUID"}),
            files=(
                File(_CONFIGURATION, "telnet stream tcp nowait root /usr/sbin/telnetd telnetd -h\n"),
                File("/etc/pam.d/login", rendered("login.pam")),
                accounts(self.users),
                *papers(self.files),
            ),
            ready=(questions.listens_on_tcp(23),),
            answers="telnet on port 23",
        )
