"""The Docker engine: containers through the Docker API, and the border where its errors become ours."""

import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

import docker
import requests.exceptions
from docker.errors import APIError, DockerException
from docker.types import LogConfig

from lab.engine.protocol import LONGEST_SILENCE, Completed, Container, ContainerSpec
from lab.errors import EngineError, NameTaken, NotFound, TimedOut
from lab.waiting import until

P = ParamSpec("P")
R = TypeVar("R")

_STDOUT, _STDERR = 1, 2
_TERMINAL_CHUNK = 65536
_NO_SUCH_ANSWER = (LookupError, TypeError, AttributeError, ValueError)
"""What the SDK and we stumble over in an answer that is well-formed, and no answer of Docker's."""
_STREAM_HEADER = struct.Struct(">B3xI")  # Docker Engine API, "Attach to a container": stream format
_STATES = {"created": "created", "running": "running", "paused": "running", "restarting": "running"}


def _translated(function: Callable[P, R]) -> Callable[P, R]:
    """Turn the foreign errors of a call into ours, once, here at the border."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except APIError as error:
            raise _ours(error)(error.explanation or str(error)) from error
        except (DockerException, requests.exceptions.RequestException, OSError) as error:
            raise EngineError(f"the Docker engine does not answer as it should: {error}") from error
        except _NO_SUCH_ANSWER as error:
            raise EngineError(f"the Docker engine answers what makes no sense: {error!r}") from error

    return call


def _ours(error: APIError) -> type[EngineError]:
    if error.status_code == 404 or "marked for removal" in (error.explanation or ""):
        return NotFound  # what is on its way out is as good as gone
    if error.status_code == 409 and "already in use" in (error.explanation or ""):
        return NameTaken
    return EngineError


class DockerSession:
    """A program with its standard streams over a hijacked connection; output and errors arrive in frames of Docker's.

    Reads go through the HTTP client's own buffer, since it may hold the first bytes that came along with the headers.
    """

    def __init__(
        self,
        stream: Any,
        argv: tuple[str, ...],
        exit_code: Callable[[], int],
        patience: float | None = LONGEST_SILENCE,
        resize: Callable[[int, int], None] | None = None,
    ) -> None:
        self._stream = stream
        self._buffered = stream._response.raw._fp.fp
        self._socket = getattr(stream, "_sock", stream)
        self._socket.settimeout(patience)
        self._argv = argv
        self._exit_code = exit_code
        self._resize = resize
        self._writing = threading.Lock()
        self._errors = b""

    def write(self, data: bytes) -> None:
        """Write to the program's standard input."""
        with self._writing:
            try:
                self._socket.sendall(data)
            except OSError as error:
                raise EngineError(f"{self._argv[0]}: it does not listen any more: {error}") from error

    def read(self) -> bytes:
        """Return some bytes of its standard output, waiting for them; empty at its end."""
        while True:
            stream, data = self.chunk()
            if stream != _STDERR or not data:
                return data
            self._errors += data

    def chunk(self) -> tuple[int, bytes]:
        """Return what comes next: 1 and bytes of standard output, or 2 and bytes of errors; no bytes at the end."""
        if self._resize:  # a terminal's bytes come as they are
            return _STDOUT, self._some(_TERMINAL_CHUNK)
        if not (header := self._exactly(_STREAM_HEADER.size)):
            return _STDOUT, b""
        stream, length = _STREAM_HEADER.unpack(header)
        return stream, self._exactly(length)

    def resize(self, rows: int, columns: int) -> None:
        """Tell the program how large its terminal is, if it has one."""
        if self._resize:
            self._resize(rows, columns)

    def _exactly(self, length: int) -> bytes:
        """Return so many bytes, or none at the end of the stream."""
        data = b""
        while len(data) < length:
            if not (piece := self._some(length - len(data))):
                return b""
            data += piece
        return data

    def _some(self, at_most: int) -> bytes:
        try:
            piece: bytes = self._buffered.read1(at_most)
        except TimeoutError as error:
            raise TimedOut(f"{self._argv[0]}: nothing came for {self._socket.gettimeout():g} s") from error
        except (OSError, ValueError) as error:
            raise EngineError(f"{self._argv[0]}: the connection broke: {error}") from error
        return piece

    def close_input(self) -> None:
        """End the program's standard input."""
        with self._writing, _ignoring_a_closed_end():
            self._socket.shutdown(1)

    def finish(self) -> Completed:
        """Close its input, wait for its end and return what is left of its output."""
        self.close_input()
        return self._completed()

    def fed(self, data: bytes) -> Completed:
        """Give it its whole input and return what it printed: both at once, since it may stop reading until we do."""
        feeder = threading.Thread(target=self._feed, args=[data], name=f"input of {self._argv[0]}", daemon=True)
        feeder.start()
        try:
            return self._completed()
        finally:
            self.close()
            feeder.join()

    def _feed(self, data: bytes) -> None:
        with suppress(EngineError):  # a program may end without having read everything
            self.write(data)
        self.close_input()

    def _completed(self) -> Completed:
        output = b"".join(iter(self.read, b""))
        return Completed(
            argv=self._argv,
            exit_code=self._exit_code(),
            stdout=output.decode(errors="replace"),
            stderr=self._errors.decode(errors="replace"),
        )

    def close(self) -> None:
        """Let go of the connection; a program that ends with its input ends."""
        with _ignoring_a_closed_end():
            self._socket.shutdown(2)
        self._stream._response.close()


@contextmanager
def _ignoring_a_closed_end() -> Iterator[None]:
    """A connection that the other side closed first cannot be shut down, and need not be."""
    try:
        yield
    except OSError:
        return


class DockerEngine:
    """A Docker daemon, asked through the SDK's low-level client; safe to use from several threads."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._api = client.api

    @_translated
    def containers(self, labels: Mapping[str, str]) -> tuple[Container, ...]:
        """Return every container that carries all these labels, whatever its state, by name."""
        wanted = [f"{key}={value}" for key, value in labels.items()]
        found = self._api.containers(all=True, filters={"label": wanted})
        return tuple(sorted((_listed(one) for one in found), key=lambda container: container.name))

    @_translated
    def container(self, name: str) -> Container:
        """Return one container. Raises ``NotFound``."""
        return _inspected(self._api.inspect_container(name))

    @_translated
    def create(self, spec: ContainerSpec) -> None:
        """Create a container and claim its name. Raises ``NameTaken``."""
        self._api.create_container(
            spec.image,
            name=spec.name,
            entrypoint=list(spec.command[:1]),
            command=list(spec.command[1:]),
            hostname=spec.hostname,
            user=spec.user,
            labels=dict(spec.labels),
            environment=dict(spec.environment),
            stdin_open=spec.keeps_input,
            detach=not spec.keeps_input,  # else the SDK asks for StdinOnce: input ends with the one who attached
            network_disabled=True,
            host_config=self._host_config(spec),
        )

    def _host_config(self, spec: ContainerSpec) -> dict[str, Any]:
        return self._api.create_host_config(
            network_mode="none",
            pid_mode="host" if spec.sees_host_processes else None,
            cap_drop=["ALL"],
            cap_add=sorted(spec.capabilities),
            security_opt=["no-new-privileges"],
            sysctls=dict(spec.sysctls),
            mem_limit=f"{spec.memory_mb}m",
            pids_limit=spec.processes,
            auto_remove=spec.vanishes,
            init=not spec.sees_host_processes,  # there it would not be the first process
            log_config=LogConfig(type=LogConfig.types.JSON, config={"max-size": "1m", "max-file": "1"}),
        )

    @_translated
    def start(self, name: str) -> None:
        """Start a created container."""
        self._api.start(name)

    @_translated
    def signal(self, name: str, signal: str) -> None:
        """Send a signal to the first process of a container that runs."""
        self._api.kill(name, signal=signal)

    @_translated
    def remove(self, container: str) -> None:
        """Kill and remove a container, by name or id, and return when it is gone; one that is not there is fine."""
        try:
            self._api.remove_container(container, force=True, v=True)
        except APIError as error:
            if error.status_code == 409 and "already in progress" in (error.explanation or ""):
                until(lambda: not self._is_there(container), f"the removal of {container}", within=10)
            elif error.status_code != 404:
                raise

    def _is_there(self, container: str) -> bool:
        try:
            self.container(container)
        except NotFound:
            return False
        return True

    @_translated
    def logs(self, name: str, last: int) -> str:
        """Return the last lines that the container printed."""
        return self._api.logs(name, tail=last).decode(errors="replace")

    @contextmanager
    def attach(self, name: str) -> Iterator[DockerSession]:
        """Hold the standard streams of a container's first process, from before its start."""
        session = self._attached(name)
        try:
            yield session
        finally:
            session.close()

    @_translated
    def _attached(self, name: str) -> DockerSession:
        stream = self._api.attach_socket(name, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        return DockerSession(stream, (name,), lambda: self._ended(name))

    def _ended(self, name: str) -> int:
        """Return the exit code of a container that is about to end; -1 if it vanished before it could be asked."""
        try:
            return until(lambda: _if(self.container(name), _has_exited), f"the end of {name}", within=5).exit_code
        except NotFound:
            return -1

    def run(self, name: str, argv: Sequence[str], stdin: bytes = b"", *, user: str = "") -> Completed:
        """Run a program in a container to its end; it may say nothing for a minute."""
        with self.open(name, argv, user=user) as program:
            return program.fed(stdin) if stdin else program.finish()

    @contextmanager
    def open(
        self,
        name: str,
        argv: Sequence[str],
        *,
        user: str = "",
        terminal: bool = False,
        patience: float | None = LONGEST_SILENCE,
    ) -> Iterator[DockerSession]:
        """Start a program in a container and hold its streams; leaving the context closes its input."""
        session = self._started(name, tuple(argv), user, terminal, patience)
        try:
            yield session
        finally:
            session.close()

    @_translated
    def _started(
        self, name: str, argv: tuple[str, ...], user: str, terminal: bool, patience: float | None
    ) -> DockerSession:
        program = self._api.exec_create(name, list(argv), user=user, stdin=True, tty=terminal)["Id"]
        stream = self._api.exec_start(program, socket=True, tty=terminal)
        resize = partial(self._resized, program) if terminal else None
        return DockerSession(stream, argv, lambda: self._exit_code(program, argv), patience, resize)

    @_translated
    def _resized(self, program: str, rows: int, columns: int) -> None:
        """Tell a program the size of its terminal; one that has ended needs to know no more."""
        try:
            self._api.exec_resize(program, rows, columns)
        except APIError:
            if self._exec(program).runs:
                raise

    def _exit_code(self, program: str, argv: tuple[str, ...]) -> int:
        ended = until(lambda: _if(self._exec(program), lambda it: not it.runs), f"the end of {argv[0]}", within=5)
        return ended.exit_code

    @_translated
    def _exec(self, program: str) -> "_Program":
        state = self._api.exec_inspect(program)
        runs = bool(state["Running"])
        return _Program(runs, 0 if runs else int(state["ExitCode"]))


@dataclass(frozen=True)
class _Program:
    """How a program in a container is: whether it runs, and the code that it ended with if not."""

    runs: bool
    exit_code: int


def _has_exited(container: Container) -> bool:
    return container.state == "exited"


def _if(value: R, condition: Callable[[R], bool]) -> R | None:
    return value if condition(value) else None


def _listed(one: Mapping[str, Any]) -> Container:
    return Container(
        id=one["Id"], name=one["Names"][0].lstrip("/"), labels=one["Labels"] or {}, state=_state(one["State"])
    )


def _inspected(one: Mapping[str, Any]) -> Container:
    state = one["State"]
    return Container(
        id=one["Id"],
        name=one["Name"].lstrip("/"),
        labels=one["Config"]["Labels"] or {},
        state=_state(state["Status"]),
        pid=state["Pid"],
        started="" if state["StartedAt"].startswith("0001") else state["StartedAt"],
        exit_code=state["ExitCode"],
    )


def _state(word: str) -> str:
    """Return one of the protocol's three states for one of Docker's seven."""
    return _STATES.get(word, "exited")
