"""An engine in memory: containers are records, their programs are Python functions in threads.

A program is found by its argv[0] among ``programs``; it gets its ``Process`` and returns an exit code. What a test
wants to go wrong, it does in ``disturb``, which is told of every call before and after the call takes effect.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

from lab.engine.protocol import LONGEST_SILENCE, Completed, Container, ContainerSpec
from lab.errors import EngineError, NameTaken, NotFound, TimedOut

STDOUT, STDERR = 1, 2
KILLED = 137
CHUNK = 65536


class Pipe:
    """Chunks of bytes on their way, each with the number of its stream; without bounds."""

    def __init__(self) -> None:
        self._chunks: list[tuple[int, bytes]] = []
        self._ended = False
        self._news = threading.Condition()

    def put(self, stream: int, data: bytes) -> None:
        with self._news:
            if self._ended:
                raise EngineError("nobody reads that any more")
            self._chunks.append((stream, data))
            self._news.notify_all()

    def end(self) -> None:
        with self._news:
            self._ended = True
            self._news.notify_all()

    def take(self, patience: float | None = None) -> tuple[int, bytes]:
        """Return the next chunk, waiting for it; no bytes at the end."""
        with self._news:
            if not self._news.wait_for(lambda: self._chunks or self._ended, patience):
                raise TimedOut(f"nothing came for {patience:g} s")
            return self._chunks.pop(0) if self._chunks else (STDOUT, b"")


class Process:
    """A program that runs, as the program itself sees it."""

    def __init__(self, engine: "FakeEngine", pid: int, argv: tuple[str, ...], user: str) -> None:
        self.engine = engine
        self.pid = pid
        self.argv = argv
        self.user = user
        self.around = pid
        """The first process of the container that it runs in."""
        self.input, self.output = Pipe(), Pipe()
        self.log: list[tuple[int, bytes]] = []
        self.exit_code = 0
        self.signals: list[str] = []
        self.killed = threading.Event()
        self.released = threading.Event()
        self.serving = threading.Event()
        self.ended = threading.Event()

    def read(self) -> bytes:
        """Return some bytes of standard input, waiting for them; empty at its end."""
        return self.input.take()[1]

    def lines(self) -> Iterator[bytes]:
        """Yield standard input line by line."""
        rest = b""
        while piece := self.read():
            *lines, rest = (rest + piece).split(b"\n")
            yield from lines

    def write(self, data: bytes, stream: int = STDOUT) -> None:
        """Print; what a killed process prints, nobody sees."""
        if not self.killed.is_set():
            self.log.append((stream, data))
            self.output.put(stream, data)

    def kill(self) -> None:
        self.killed.set()
        self.released.set()
        self.input.end()

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        if not self.ended.wait(5):
            raise TimedOut(f"waited 5 s for the end of {self.argv[0]}")
        return self.exit_code

    def begin(self, then: Callable[[], None] = lambda: None) -> None:
        """Run the program in a thread of its own; ``then`` is called when it has ended."""
        threading.Thread(target=self._run, args=[then], name=self.argv[0], daemon=True).start()

    def _run(self, then: Callable[[], None]) -> None:
        code = self.become(self.argv)
        self.exit_code = KILLED if self.killed.is_set() else code
        then()
        self.input.end()
        self.output.end()
        self.ended.set()

    def become(self, argv: tuple[str, ...]) -> int:
        """Run a program in this process, as exec does."""
        self.argv = argv
        if argv[0] not in self.engine.programs:
            self.write(f"{argv[0]}: no such program\n".encode(), STDERR)
            return 127
        return self.engine.programs[argv[0]](self)


Program = Callable[[Process], int]


def true(process: Process) -> int:
    return 0


def cat(process: Process) -> int:
    """Print its input; any file that it is given beside "-" is not there."""
    code = 0
    for file in process.argv[1:] or ("-",):
        if file == "-":
            while data := process.read():
                process.write(data)
        else:
            process.write(f"cat: {file}: No such file or directory\n".encode(), STDERR)
            code = 1
    return code


def whoami(process: Process) -> int:
    """Say who runs it."""
    process.write(f"{process.user}\n".encode())
    return 0


def seq(process: Process) -> int:
    """Count to a number."""
    for number in range(1, int(process.argv[1]) + 1):
        process.write(f"{number}\n".encode())
    return 0


def sleep(process: Process) -> int:
    """Do nothing until it is killed."""
    process.killed.wait()
    return 0


BASICS: Mapping[str, Program] = {"true": true, "cat": cat, "seq": seq, "sleep": sleep, "whoami": whoami}


@dataclass(frozen=True)
class Call:
    """A call of the engine: its number from 0, its verb, the container; ``done`` when it has taken effect."""

    number: int
    verb: str
    name: str
    done: bool


Disturb = Callable[[Call], None]


class FakeSession:
    """The streams of a process, held by a client."""

    def __init__(self, engine: "FakeEngine", name: str, process: Process, patience: float | None) -> None:
        self._engine = engine
        self._name = name
        self._process = process
        self._patience = patience
        self._errors = b""

    def write(self, data: bytes) -> None:
        with self._engine.called("write", self._name):
            for start in range(0, len(data), CHUNK):
                self._process.input.put(STDOUT, data[start : start + CHUNK])

    def read(self) -> bytes:
        while True:
            stream, data = self.chunk()
            if stream != STDERR or not data:
                return data
            self._errors += data

    def chunk(self) -> tuple[int, bytes]:
        with self._engine.called("read", self._name):
            return self._process.output.take(self._patience)

    def resize(self, rows: int, columns: int) -> None: ...

    def close_input(self) -> None:
        self._process.input.end()

    def finish(self) -> Completed:
        self.close_input()
        output = b"".join(iter(self.read, b""))
        code = self._process.wait()
        return Completed(
            self._process.argv, code, output.decode(errors="replace"), self._errors.decode(errors="replace")
        )


@dataclass(eq=False)
class Record:
    """A container of the fake engine."""

    id: str
    spec: ContainerSpec
    process: Process
    state: str = "created"
    others: list[Process] = field(default_factory=list)

    @property
    def seen(self) -> Container:
        running = self.state == "running"
        return Container(
            id=self.id,
            name=self.spec.name,
            labels=dict(self.spec.labels),
            state=self.state,
            pid=self.process.pid if running else 0,
            started="" if self.state == "created" else "2024-01-01T00:00:00Z",
            exit_code=self.process.exit_code,
        )


class FakeEngine:
    """Fulfils ``lab.engine.protocol.Engine``; safe to use from several threads."""

    def __init__(self, programs: Mapping[str, Program] = BASICS) -> None:
        self.programs = dict(programs)
        self.disturb: Disturb = lambda call: None
        self.calls: list[Call] = []
        self._numbers = count(1)
        self._records: dict[str, Record] = {}
        self._lock = threading.RLock()

    @contextmanager
    def called(self, verb: str, name: str) -> Iterator[None]:
        """Enclose a call: what disturbs it before it takes effect, and what disturbs its answer."""
        with self._lock:
            call = Call(len(self.calls), verb, name, done=False)
            self.calls.append(call)
        self.disturb(call)
        yield
        self.disturb(Call(call.number, verb, name, done=True))

    def process(self, pid: int) -> Process | None:
        """Return the first process of a container by its id, while it runs."""
        with self._lock:
            running = (record for record in self._records.values() if record.state == "running")
            return next((record.process for record in running if record.process.pid == pid), None)

    def containers(self, labels: Mapping[str, str]) -> tuple[Container, ...]:
        with self.called("containers", ""), self._lock:
            found = [record.seen for record in self._records.values() if labels.items() <= record.spec.labels.items()]
            return tuple(sorted(found, key=lambda one: one.name))

    def container(self, name: str) -> Container:
        with self.called("container", name), self._lock:
            return self._record(name).seen

    def create(self, spec: ContainerSpec) -> None:
        with self.called("create", spec.name), self._lock:
            if spec.name in self._records:
                raise NameTaken(f"the name {spec.name} is already in use")
            number = next(self._numbers)
            self._records[spec.name] = Record(
                f"{number:012x}", spec, Process(self, 1000 + number, spec.command, spec.user)
            )

    def start(self, name: str) -> None:
        with self.called("start", name), self._lock:
            record = self._record(name)
            if record.state != "created":
                return
            record.state = "running"
            if not record.spec.keeps_input:
                record.process.input.end()
            record.process.begin(lambda: self._end(record))

    def _end(self, record: Record) -> None:
        with self._lock:
            record.state = "exited"
            if record.spec.vanishes and self._records.get(record.spec.name) is record:
                del self._records[record.spec.name]

    def signal(self, name: str, signal: str) -> None:
        with self.called("signal", name), self._lock:
            process = self._record(name).process
            process.signals.append(signal)
            if signal == "KILL":
                process.kill()

    def remove(self, container: str) -> None:
        with self.called("remove", container), self._lock:
            record = self._found(container)
            if record is not None:
                del self._records[record.spec.name]
                for process in (record.process, *record.others):
                    process.kill()

    def logs(self, name: str, last: int) -> str:
        with self.called("logs", name), self._lock:
            said = b"".join(data for _, data in self._record(name).process.log).decode(errors="replace")
            return "".join(said.splitlines(keepends=True)[-last:])

    @contextmanager
    def attach(self, name: str) -> Iterator[FakeSession]:
        with self.called("attach", name), self._lock:
            process = self._record(name).process
        try:
            yield FakeSession(self, name, process, LONGEST_SILENCE)
        finally:
            process.input.end()

    def run(self, name: str, argv: Sequence[str], stdin: bytes = b"", *, user: str = "") -> Completed:
        with self.open(name, argv, user=user) as program:
            if stdin:
                with suppress(EngineError):  # it ended without reading
                    program.write(stdin)
            return program.finish()

    @contextmanager
    def open(
        self,
        name: str,
        argv: Sequence[str],
        *,
        user: str = "",
        terminal: bool = False,
        patience: float | None = LONGEST_SILENCE,
    ) -> Iterator[FakeSession]:
        with self.called("open", name), self._lock:
            record = self._record(name)
            if record.state != "running":
                raise EngineError(f"container {name} is not running")
            process = Process(self, 1000 + next(self._numbers), tuple(argv), user or record.spec.user)
            process.around = record.process.pid
            record.others.append(process)
        process.begin()
        try:
            yield FakeSession(self, name, process, patience)
        finally:
            process.input.end()

    def _record(self, name: str) -> Record:
        record = self._found(name)
        if record is None:
            raise NotFound(f"no such container: {name}")
        return record

    def _found(self, container: str) -> Record | None:
        return next((one for one in self._records.values() if container in (one.spec.name, one.id)), None)
