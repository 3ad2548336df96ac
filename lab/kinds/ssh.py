"""A machine that people log in to by SSH: sshd of OpenSSH, with a host key that follows from names."""

from pydantic import Field

from lab.kinds import questions
from lab.kinds.accounts import Papers, Passwords, accounts, papers, with_accounts
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered

_CONFIGURATION, _KEY = "/etc/ssh/sshd-lab.conf", "/etc/ssh/lab.key"


class Ssh(Kind, name="ssh"):
    """A machine with a shell for everybody who knows a name and a password, on port 22 (RFC 4253)."""

    packages = ("openssh-client", "openssh-server", "sshpass")
    is_large = True

    users: Passwords
    """Who may log in, each with a password."""
    files: Papers = Field(default_factory=dict)
    """What they find there."""

    def setup(self, around: Surroundings) -> Setup:
        """Return sshd in the foreground; its children give up root when somebody has logged in."""
        from lab.certificates import host_key  # most topologies have none, and need not wait for cryptography

        return Setup(
            command=with_accounts("/usr/sbin/sshd", "-D", "-e", "-f", _CONFIGURATION),
            user="root",
            capabilities=frozenset({"CHOWN", "SETGID", "SETUID", "SYS_CHROOT"}),
            files=(
                File(_CONFIGURATION, rendered("sshd.conf", key=_KEY)),
                File(_KEY, host_key(around.topology.name, around.name), mode=0o600),
                accounts(self.users),
                *papers(self.files),
            ),
            ready=(questions.listens_on_tcp(22),),
            answers="SSH on port 22",
        )
