"""What an engine does for whoever speaks its protocol: the same cases over the fake one and over Docker."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.engine.protocol import Engine, Session
from lab.errors import EngineError, NameTaken, NotFound
from lab.waiting import until
from tests.engine.conftest import Bench

MIB = 1 << 20


def ended(engine: Engine, name: str) -> bool:
    return engine.container(name).state == "exited"


def read_exactly(session: Session, length: int) -> bytes:
    said = b""
    while len(said) < length and (piece := session.read()):
        said += piece
    return said


def gone(engine: Engine, name: str) -> bool:
    try:
        engine.container(name)
    except NotFound:
        return True
    return False


def test_a_created_container_waits_to_be_started(bench: Bench) -> None:
    bench.engine.create(bench.spec())
    container = bench.engine.container(bench.name)
    assert (container.state, container.pid, container.started) == ("created", 0, "")


def test_a_started_container_runs_as_a_process(bench: Bench) -> None:
    container = bench.engine.container(bench.running())
    assert container.state == "running"
    assert container.pid > 0
    assert container.started.startswith("20")


def test_a_program_that_ended_leaves_its_exit_code(bench: Bench) -> None:
    name = bench.running("cat", "/nowhere")
    until(lambda: ended(bench.engine, name), "the end", within=10)
    container = bench.engine.container(name)
    assert (container.exit_code, container.pid) == (1, 0)


def test_a_name_is_claimed_once(bench: Bench) -> None:
    bench.engine.create(bench.spec())
    with pytest.raises(NameTaken):
        bench.engine.create(bench.spec("true"))


def test_of_many_that_claim_a_name_at_once_one_gets_it(bench: Bench) -> None:
    def claimed(_: int) -> bool:
        try:
            bench.engine.create(bench.spec())
        except NameTaken:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claimed, range(8))) == 1


def test_a_name_is_free_again_after_the_removal(bench: Bench) -> None:
    bench.engine.remove(bench.running())
    bench.engine.create(bench.spec())


def test_what_is_not_there_is_not_found(bench: Bench) -> None:
    asked = [
        lambda: bench.engine.container(bench.name),
        lambda: bench.engine.start(bench.name),
        lambda: bench.engine.signal(bench.name, "USR1"),
        lambda: bench.engine.logs(bench.name, last=1),
        lambda: bench.engine.run(bench.name, ["true"]),
    ]
    for ask in asked:
        with pytest.raises(NotFound):
            ask()


def test_nobody_attaches_to_what_is_not_there(bench: Bench) -> None:
    with pytest.raises(NotFound), bench.engine.attach(bench.name):
        pass


def test_containers_are_found_by_all_their_labels_whatever_their_state(bench: Bench) -> None:
    bench.engine.create(bench.spec(suffix="-b", labels={"part": "node", "lab": "x"}))
    bench.running(suffix="-a", labels={"part": "node", "lab": "y"})
    bench.engine.create(bench.spec(suffix="-c", labels={"part": "switch", "lab": "x"}))
    nodes = bench.engine.containers(bench.labels | {"part": "node"})
    assert [(one.name, one.state) for one in nodes] == [(f"{bench.name}-a", "running"), (f"{bench.name}-b", "created")]
    assert [one.labels["lab"] for one in nodes] == ["y", "x"]
    assert bench.engine.containers(bench.labels | {"part": "node", "lab": "z"}) == ()


def test_to_remove_what_is_not_there_is_fine(bench: Bench) -> None:
    bench.engine.remove(bench.name)


def test_a_running_container_is_removed_at_once(bench: Bench) -> None:
    name = bench.running()
    bench.engine.remove(name)
    assert gone(bench.engine, name)
    assert bench.engine.containers(bench.labels) == ()


def test_a_signal_goes_to_the_first_process_of_a_container(bench: Bench) -> None:
    name = bench.running()
    bench.engine.signal(name, "KILL")
    until(lambda: ended(bench.engine, name), "the end", within=10)
    assert bench.engine.container(name).state == "exited"


def test_a_removal_by_id_leaves_the_next_one_of_that_name_alone(bench: Bench) -> None:
    old = bench.engine.container(bench.running()).id
    bench.engine.remove(old)
    bench.engine.create(bench.spec())
    bench.engine.remove(old)
    assert bench.engine.container(bench.name).id != old


def test_of_many_that_remove_one_container_all_find_it_gone(bench: Bench) -> None:
    name = bench.running()

    def removed(_: int) -> bool:
        bench.engine.remove(name)
        return gone(bench.engine, name)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(removed, range(4)))


def test_the_log_holds_the_last_lines(bench: Bench) -> None:
    name = bench.running("seq", "9")
    until(lambda: ended(bench.engine, name), "the end", within=10)
    assert bench.engine.logs(name, last=2) == "8\n9\n"


def test_the_log_holds_errors_as_well(bench: Bench) -> None:
    name = bench.running("cat", "/nowhere")
    until(lambda: ended(bench.engine, name), "the end", within=10)
    assert "No such file" in bench.engine.logs(name, last=5)


def test_a_program_gets_its_input_and_gives_its_output(bench: Bench) -> None:
    done = bench.engine.run(bench.running(), ["cat"], b"hello")
    assert (done.argv, done.exit_code, done.stdout, done.stderr) == (("cat",), 0, "hello", "")


def test_a_program_without_input_sees_its_end(bench: Bench) -> None:
    assert bench.engine.run(bench.running(), ["cat"]).stdout == ""


def test_errors_are_kept_apart_from_output(bench: Bench) -> None:
    done = bench.engine.run(bench.running(), ["cat", "-", "/nowhere"], b"hello")
    assert (done.exit_code, done.stdout) == (1, "hello")
    assert done.stderr == "cat: /nowhere: No such file or directory\n"


def test_mebibytes_go_in_and_come_out(bench: Bench) -> None:
    text = "0123456789abcdef" * (4 * MIB // 16)
    assert bench.engine.run(bench.running(), ["cat"], text.encode()).stdout == text


def test_a_program_that_ignores_its_input_is_none_the_worse(bench: Bench) -> None:
    assert bench.engine.run(bench.running(), ["true"], bytes(MIB)).exit_code == 0


def test_a_program_that_is_not_there_is_told_by_its_exit_code(bench: Bench) -> None:
    assert bench.engine.run(bench.running(), ["no-such-program"]).exit_code in (126, 127)


def test_nothing_runs_in_a_container_that_has_not_started(bench: Bench) -> None:
    bench.engine.create(bench.spec())
    with pytest.raises(EngineError):
        bench.engine.run(bench.name, ["true"])


def test_an_open_program_is_spoken_with(bench: Bench) -> None:
    with bench.engine.open(bench.running(), ["cat"]) as program:
        for word in (b"one", b"two"):
            program.write(word)
            assert read_exactly(program, 3) == word
        assert program.finish().exit_code == 0


def test_many_programs_are_open_at_once(bench: Bench) -> None:
    name = bench.running()

    def echoed(number: int) -> str:
        return bench.engine.run(name, ["cat"], str(number).encode()).stdout

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(echoed, range(16))) == [str(number) for number in range(16)]


def test_what_is_left_to_read_comes_with_the_end(bench: Bench) -> None:
    with bench.engine.open(bench.running(), ["cat", "-", "/nowhere"]) as program:
        program.write(b"never read")
        done = program.finish()
    assert (done.stdout, done.exit_code) == ("never read", 1)
    assert "/nowhere" in done.stderr


def test_chunks_tell_output_and_errors_apart(bench: Bench) -> None:
    with bench.engine.open(bench.running(), ["cat", "/nowhere"]) as program:
        chunks = list(iter(program.chunk, (1, b"")))
    assert {stream for stream, _ in chunks} == {2}
    assert b"".join(data for _, data in chunks).startswith(b"cat: /nowhere")


def test_an_open_program_sees_the_end_of_its_input_when_it_is_left(bench: Bench) -> None:
    name = bench.running("cat", keeps_input=True)
    with bench.engine.attach(name) as first:
        with bench.engine.open(name, ["cat"]) as program:
            program.write(b"x")
            read_exactly(program, 1)
        assert bench.engine.container(name).state == "running"
        first.write(b"y")
        assert read_exactly(first, 1) == b"y"


def test_a_removal_ends_the_streams_of_all_programs(bench: Bench) -> None:
    with bench.engine.open(bench.running(), ["cat"]) as program:
        program.write(b"x")
        read_exactly(program, 1)
        bench.engine.remove(bench.name)
        assert program.read() == b""


def test_the_first_words_are_heard_by_who_attached_before_the_start(bench: Bench) -> None:
    bench.engine.create(bench.spec("seq", "3", keeps_input=True))
    with bench.engine.attach(bench.name) as session:
        bench.engine.start(bench.name)
        assert read_exactly(session, 6) == b"1\n2\n3\n"


def test_a_container_that_keeps_its_input_lives_until_its_client_leaves(bench: Bench) -> None:
    bench.engine.create(bench.spec("cat", keeps_input=True))
    with bench.engine.attach(bench.name) as session:
        bench.engine.start(bench.name)
        session.write(b"still there?")
        assert read_exactly(session, 12) == b"still there?"
        assert bench.engine.container(bench.name).state == "running"
    until(lambda: ended(bench.engine, bench.name), "the end of the container", within=10)


def test_a_container_whose_client_left_before_the_start_ends_at_once(bench: Bench) -> None:
    bench.engine.create(bench.spec("cat", keeps_input=True))
    with bench.engine.attach(bench.name):
        pass
    bench.engine.start(bench.name)
    until(lambda: ended(bench.engine, bench.name), "the end of the container", within=10)


def test_a_container_that_keeps_no_input_sees_the_end_of_it(bench: Bench) -> None:
    name = bench.running("cat")
    until(lambda: ended(bench.engine, name), "the end of the container", within=10)


def test_an_attached_program_is_finished_like_any_other(bench: Bench) -> None:
    bench.engine.create(bench.spec("cat", "-", "/nowhere", keeps_input=True))
    with bench.engine.attach(bench.name) as session:
        bench.engine.start(bench.name)
        session.write(b"hello")
        done = session.finish()
    assert (done.exit_code, done.stdout) == (1, "hello")
    assert "No such file" in done.stderr


def test_a_container_that_vanishes_is_gone_when_its_program_ends(bench: Bench) -> None:
    bench.engine.create(bench.spec("cat", keeps_input=True, vanishes=True))
    with bench.engine.attach(bench.name) as session:
        bench.engine.start(bench.name)
        session.write(b"x")
        assert read_exactly(session, 1) == b"x"
    until(lambda: gone(bench.engine, bench.name), "the end of the container", within=10)


def test_the_last_words_of_a_container_that_vanishes_are_heard(bench: Bench) -> None:
    bench.engine.create(bench.spec("cat", "-", "/nowhere", keeps_input=True, vanishes=True))
    with bench.engine.attach(bench.name) as session:
        bench.engine.start(bench.name)
        assert "No such file" in session.finish().stderr


@pytest.mark.docker
class TestDockerGivesLittle:
    """What a container cannot do, as seen from inside."""

    def test_a_container_has_no_network_but_its_own_loopback(self, docker_bench: Bench) -> None:
        links = docker_bench.engine.run(docker_bench.running(), ["ls", "/sys/class/net"])
        assert links.stdout == "lo\n"

    @pytest.mark.parametrize(("capabilities", "bits"), [((), 0), (("NET_RAW",), 1 << 13)])
    def test_a_container_has_the_capabilities_that_it_was_given(
        self, docker_bench: Bench, capabilities: tuple[str, ...], bits: int
    ) -> None:
        docker_bench.running(capabilities=frozenset(capabilities))
        status = docker_bench.engine.run(docker_bench.name, ["cat", "/proc/self/status"]).stdout
        fields = dict(line.split(":\t", 1) for line in status.splitlines())
        assert {fields[name] for name in ("CapPrm", "CapEff", "CapBnd")} == {f"{bits:016x}"}
        assert fields["NoNewPrivs"] == "1"
        assert fields["Seccomp"] == "2"

    def test_a_container_has_the_user_host_name_environment_and_sysctls_that_it_was_given(
        self, docker_bench: Bench
    ) -> None:
        docker_bench.running(
            user="nobody",
            hostname="victim",
            environment={"WHERE": "lab"},
            sysctls={"net.ipv4.ip_forward": "1"},
        )
        told = docker_bench.engine.run(
            docker_bench.name, ["sh", "-c", "id -un; hostname; echo $WHERE; cat /proc/sys/net/ipv4/ip_forward"]
        )
        assert told.stdout.split() == ["nobody", "victim", "lab", "1"]

    def test_a_container_takes_no_more_memory_and_processes_than_it_was_given(self, docker_bench: Bench) -> None:
        docker_bench.running(memory_mb=64, processes=17)
        limits = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max"
        legacy = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max"
        told = docker_bench.engine.run(docker_bench.name, ["sh", "-c", f"{limits} 2>/dev/null || {legacy}"])
        assert told.stdout.split() == [str(64 * MIB), "17"]

    def test_only_who_needs_it_sees_the_processes_of_the_host(self, docker_bench: Bench) -> None:
        docker_bench.running(suffix="-alone")
        docker_bench.running(suffix="-all", sees_host_processes=True)
        pid = docker_bench.engine.container(f"{docker_bench.name}-alone").pid
        seen = [
            docker_bench.engine.run(docker_bench.name + suffix, ["test", "-d", f"/proc/{pid}"]).exit_code
            for suffix in ("-alone", "-all")
        ]
        assert seen == [1, 0]


def test_a_program_runs_as_the_containers_user_or_as_the_one_it_is_told(bench: Bench) -> None:
    name = bench.running()
    assert bench.engine.run(name, ["whoami"]).stdout == "root\n"
    assert bench.engine.run(name, ["whoami"], user="nobody").stdout == "nobody\n"
