"""The embedded engine: a private dockerd, one per user and machine, that leaves the host's network alone."""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lab.engine.host import program, search_path
from lab.errors import EngineError
from lab.waiting import until

_FLAGS = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false")

_START, _STOP = 30.0, 30.0
"""Seconds within which the daemon answers, and ends; it was seen to take 0.2 and 1 (more while containers run)."""


def state_folder() -> Path:
    """Return the folder of what outlives a command: $XDG_STATE_HOME/wiretale, shared by all clones of a user."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "wiretale"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock among the processes of this machine; it goes with the process, however that ends."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class EmbeddedEngine:
    """Where the private daemon keeps what it has: ``state`` on disk, ``run`` (0700) with its socket, gone at a reboot.

    The socket cannot live in the state folder: the path of a Unix socket ends after 107 bytes, unix(7).
    """

    state: Path
    run: Path

    @classmethod
    def of_this_user(cls) -> "EmbeddedEngine":
        """Return the one that belongs to this user's state folder; it need not be there yet."""
        state = state_folder() / "engine"
        key = hashlib.sha256(os.fsencode(state.absolute())).hexdigest()[:8]
        return cls(state=state.absolute(), run=Path("/run") / f"wiretale-{key}")

    @property
    def socket(self) -> Path:
        """The socket that it serves."""
        return self.run / "docker.sock"

    @property
    def url(self) -> str:
        """The value of DOCKER_HOST that means this engine."""
        return f"unix://{self.socket}"

    @property
    def log(self) -> Path:
        """What the daemon printed since its last start."""
        return self.state / "dockerd.log"

    @property
    def pid(self) -> int | None:
        """The daemon's process id, once it was checked that this process is our daemon; else None."""
        try:
            pid = int((self.run / "docker.pid").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.url) in words else None

    def answers(self) -> bool:
        """Return whether somebody serves the socket."""
        with socket.socket(socket.AF_UNIX) as end:
            try:
                end.connect(str(self.socket))
            except OSError:
                return False
        return True

    def start(self) -> None:
        """Start the daemon unless it runs; several processes may ask at once. Raises ``EngineError`` with its log."""
        with locked(self.state / "lock"):
            if self.pid is None or not self.answers():
                self._start()

    def _start(self) -> None:
        self.run.mkdir(mode=0o700, exist_ok=True)
        self._end_what_is_left()
        with self.log.open("wb") as log:
            daemon = subprocess.Popen(
                self._command(),
                cwd="/",
                env=os.environ | {"PATH": search_path()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # or Ctrl-C on the terminal would end it
            )
        until(lambda: self._is_ready() or daemon.poll() is not None, "the embedded engine's answer", within=_START)
        if daemon.poll() is not None:
            raise EngineError(f"the embedded engine ended at once; the end of {self.log}:\n{self._last_lines()}")

    def _is_ready(self) -> bool:
        """Return whether it answers questions; its socket is there some time before that."""
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(1)
            try:
                end.connect(str(self.socket))
                end.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b" 200 " in end.recv(64)
            except OSError:
                return False

    def _end_what_is_left(self) -> None:
        """End what a daemon that was killed has left running: its containerd, and those who watched its containers.

        A new daemon would wait for them in vain, also for one that nobody has buried yet: it goes by the files with
        their process ids. The containers themselves are ended by the new one.
        """
        ours = os.fsencode(self.run / "exec")
        left = [
            pid
            for pid in map(int, filter(str.isdigit, (one.name for one in Path("/proc").iterdir())))
            if ours in _words(pid)
        ]
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(ours in _words(pid) for pid in left), "the end of what an engine has left", within=_STOP)
        (self.run / "exec/containerd/containerd.pid").unlink(missing_ok=True)
        if self.pid is None:
            (self.run / "docker.pid").unlink(missing_ok=True)

    def _command(self) -> tuple[str, ...]:
        dockerd = program("dockerd")
        if dockerd is None:
            raise EngineError("dockerd is not installed")
        places = {
            "--data-root": self.state / "data",
            "--exec-root": self.run / "exec",
            "--pidfile": self.run / "docker.pid",
        }
        words = (f"{flag}={place}" for flag, place in places.items())
        return (dockerd, *_FLAGS, *words, "--host", self.url)

    def _last_lines(self, count: int = 12) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def stop(self) -> bool:
        """Stop the daemon, its containers with it, and return whether it ran; images stay."""
        with locked(self.state / "lock"):
            pid = self.pid
            if pid is None:
                return False
            os.kill(pid, signal.SIGTERM)
            until(lambda: self.pid is None, "the end of the embedded engine", within=_STOP)
            self._let_go()
            shutil.rmtree(self.run, ignore_errors=True)
        return True

    def _let_go(self) -> None:
        """Unmount what the daemon left: it mounts its folder on itself, and one that was killed never undid that."""
        umount = ("umount", str(self.state / "data"))
        while subprocess.run(umount, stderr=subprocess.DEVNULL, check=False).returncode == 0:
            continue


def _words(pid: int) -> bytes:
    """Return the command line of a process; nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
