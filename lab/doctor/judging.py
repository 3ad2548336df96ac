"""From what was seen to findings: each function judges one thing. Pure: no engine, no disk, no clock."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lab.bringup import Found, State
from lab.doctor.finding import Finding, note, ok, trouble
from lab.doctor.trying import MEMORY_MB, PROCESSES, WANTED, Tried
from lab.engine.brief import LAB
from lab.engine.condition import Condition
from lab.engine.images import Stock, differences
from lab.instance import ROLE

MEGABYTE, GIGABYTE = 10**6, 10**9

SCARCE, LITTLE = 500 * MEGABYTE, 3 * GIGABYTE
"""Below the one nothing works for long; below the other no image can be built."""

STATE_SCARCE, STATE_LITTLE = 10 * MEGABYTE, 500 * MEGABYTE
"""The same for the state folder, which holds a lock and, where the engine is embedded, all that the engine has."""

AWRY, WRONG = 1.0, 3600.0
"""Seconds between two clocks from which the times of frames mislead, and from which apt refuses archives."""

_BITS = {"DAC_OVERRIDE": 1, "NET_ADMIN": 12, "NET_RAW": 13, "SYS_PTRACE": 19, "SYS_ADMIN": 21}  # linux/capability.h

_ANOTHER_KERNEL = "let the engine run on a machine whose kernel has it"


@dataclass(frozen=True)
class Feature:
    """Something of the kernel that a trial tries: what it is called, what labs use it for, and where it comes from."""

    subject: str
    use: str
    modules: str = ""
    optional: bool = False


FEATURES: Mapping[str, Feature] = {
    "veth": Feature("veth", "wires", "veth"),
    "bridge": Feature("bridge", "switches", "bridge"),
    "packets": Feature("packet socket", "the tap", "af_packet"),
    "steering": Feature("receive steering", "frames that never overtake each other", optional=True),
    "offloads": Feature("checksum offload", "checksums that are real"),
    "nftables": Feature("nftables", "routers with NAT", "nf_tables nft_chain_nat nft_masq"),
    "bridge-nftables": Feature("nftables in bridges", "what is lost inside a switch", "nf_tables nft_meta_bridge"),
    "numgen": Feature("nftables numgen", "loss that is the same each time", "nft_numgen"),
    "tbf": Feature("tbf", "slow wires", "sch_tbf"),
    "netem": Feature("netem", "wires with delay that need no program", "sch_netem", optional=True),
    "ipv6": Feature("IPv6", "topologies with IPv6", "ipv6", optional=True),
}

PROGRAMS: Mapping[str, tuple[str, str]] = {
    "tshark": ("tshark", "the commands that a run ends with"),
    "dot": ("graphviz", "drawing the map of a traced way well"),
    "wireshark": ("wireshark", "watching wires live"),
}
"""Programs that labs do without: the Debian package of each, and what it is good for."""


@dataclass(frozen=True)
class Folder:
    """A folder, or the nearest one above it that is there; ``free`` counts bytes."""

    path: str
    writable: bool
    free: int


def no_engine(obstacle: str, installed: bool) -> Finding:
    """Judge that no engine runs, by why none of our own could be started."""
    if obstacle:
        return blamed("engine", obstacle)
    if not installed:
        return note("engine", "no Docker engine is installed; `up` installs one, when it may", "./invoke up --yes")
    return note("engine", "none runs; the embedded one is started when a lab needs it")


def blamed(subject: str, message: str, otherwise: str = "") -> Finding:
    """Turn the message of an error into a finding: its first sentence was seen, the rest helps."""
    sentences = re.split(r"\.\s+(?=[A-Z])", message, maxsplit=1)
    said, *rest = sentences if sentences[1:] else message.split("\n", 1)
    return trouble(subject, " ".join(said.split()), " ".join("".join(rest).split()) or otherwise)


def engine(where: str, condition: Condition) -> Iterator[Finding]:
    """Judge what an engine says of itself."""
    yield ok("engine", where)
    yield ok("version", f"Docker {condition.version}, API {condition.api}, on {condition.system}")


def rights(tried: Tried) -> Iterator[Finding]:
    """Judge what the engine granted to a container, and what it held back."""
    missing = sorted(name for name in WANTED if not tried.capabilities & 1 << _BITS[name])
    yield _judged(
        "capabilities",
        f"the wiring has what it needs: {', '.join(sorted(WANTED))}",
        f"the engine does not grant {', '.join(missing)}" if missing else "",
        "run the engine as root, and not inside a container that lacks them",
    )
    yield _judged(
        "nodes' namespaces",
        "the wiring may enter them",
        tried.entering and f"the wiring may not enter them: {tried.entering}",
        "on a machine with AppArmor or SELinux, allow it there; docs/architecture.md says what the wiring does",
    )
    if tried.no_new_privileges:
        yield ok("no new privileges", "in force")
    else:
        yield note("no new privileges", "not in force", "use a newer Docker engine")


def limits(memory: bool, processes: bool, seccomp: bool) -> Iterator[Finding]:
    """Judge what keeps nodes from harming the engine's machine."""
    yield _guard("memory limit", memory, "a node may take all memory", "let the kernel have memory control groups")
    yield _guard("process limit", processes, "a node may start any number", "let the kernel have pids control groups")
    yield _guard("seccomp", seccomp, "nodes may call all of the kernel", "use an engine with its default profile")


def limits_in_force(tried: Tried) -> Iterator[Finding]:
    """Judge the limits by what a container was really given."""
    return limits(tried.memory == MEMORY_MB << 20, tried.processes == PROCESSES, tried.seccomp)


def _guard(subject: str, there: bool, otherwise: str, remedy: str) -> Finding:
    return ok(subject, "in force") if there else note(subject, f"not in force: {otherwise}", remedy)


def kernel(failures: Mapping[str, str]) -> Iterator[Finding]:
    """Judge the features of the kernel by how trying them ended."""
    for name, feature in FEATURES.items():
        failed = failures.get(name, "it was not tried")
        remedy = f"on the engine's machine: sudo modprobe -a {feature.modules}" if feature.modules else _ANOTHER_KERNEL
        if not failed:
            yield ok(feature.subject, f"works, for {feature.use}")
        elif feature.optional:
            yield note(feature.subject, f"cannot be had, for {feature.use}: {failed}", remedy)
        else:
            yield trouble(feature.subject, f"does not work, for {feature.use}: {failed}", remedy)


def not_tried(why: str, remedy: str) -> Iterator[Finding]:
    """Say of all that only a trial can tell that there was none."""
    subjects = ["capabilities", "nodes' namespaces", "no new privileges"]
    for subject in subjects + [feature.subject for feature in FEATURES.values()]:
        yield note(subject, f"not tried: {why}", remedy)


def unknown(why: str, *subjects: str) -> Iterator[Finding]:
    """Say of things that they could not be looked at."""
    for subject in subjects:
        yield note(subject, f"not known: {why}")


def engine_disk(free: int | None) -> Finding:
    """Judge the disk where the engine keeps images and containers; None where nobody can tell."""
    remedy = "make room there: docker system df shows what takes it"
    if free is None:
        return note("engine's disk", "not known: the engine is elsewhere, and no image of ours is there to look")
    return _room("engine's disk", free, SCARCE, LITTLE, remedy)


def state_folder(folder: Folder) -> Finding:
    """Judge the folder of what outlives a command."""
    if not folder.writable:
        remedy = "make it yours, or name another: export XDG_STATE_HOME=..."
        return trouble("state folder", f"{folder.path} is not yours to write", remedy)
    return _room("state folder", folder.free, STATE_SCARCE, STATE_LITTLE, f"make room on the disk of {folder.path}")


def _room(subject: str, free: int, scarce: int, little: int, remedy: str) -> Finding:
    seen = f"{free / GIGABYTE:.1f} GB free"
    if free < scarce:
        return trouble(subject, f"{seen}: too little", remedy)
    return note(subject, f"{seen}: little", remedy) if free < little else ok(subject, seen)


def images(stock: Stock) -> Iterator[Finding]:
    """Judge what the engine has of our images."""
    if stock.present:
        yield ok("image", f"{stock.wanted} is there")
    elif stock.others:
        yield note("image", f"stale: {stock.wanted} is not there, only those of other versions", "./invoke images")
    else:
        yield note("image", "not there; the first `up` builds it", "./invoke images")
    if stock.has_large:
        yield ok("large image", "is there")
    else:
        yield note("large image", "not there; the first `up` that needs it builds it", "./invoke images")
    if stock.others:
        remedy = "`./invoke images` lists them; `docker image rm` removes those that no other clone uses"
        yield note("other images", f"{len(stock.others)} of other versions", remedy)


def versions(packages: Iterable[str], lock: Iterable[str]) -> Finding:
    """Judge the packages of the image by the lock file."""
    told = differences(packages, lock)
    if not told:
        return ok("package versions", "as images/node/packages.lock says")
    more = f", and {len(told) - 1} more" if told[1:] else ""
    return note("package versions", told[0] + more, "./invoke images --lock, when they are meant to be new")


def leftovers(labs: Iterable[Found], dangling: Iterable[str]) -> Iterator[Finding]:
    """Judge what is left of labs and builds that were killed."""
    found = [one for one in labs if not _is_brief(one)]
    remains = [one.instance.name for one in found if one.state is State.REMAINS]
    making = [one.instance.name for one in found if one.state is State.MAKING]
    unwired = [one.instance.name for one in found if one.state is State.UNWIRED]
    stuck = [one.instance.name for one in found if _has_idle_wiring(one)]
    yield _left("remains of labs", remains, "./invoke clean")
    yield _left("labs half made", making, "wait for whoever brings them up, or end that process; then ./invoke clean")
    yield _left("labs without wires", unwired, "./invoke up, with the same words, wires them again; or ./invoke clean")
    yield _left("wiring left behind", stuck, "./invoke down, or wait: whoever uses the lab next removes it")
    images = [image.removeprefix("sha256:")[:12] for image in dangling]
    yield _left("images half made", images, f"docker image rm {' '.join(images)}, or wait: the next build removes them")


def _left(subject: str, names: list[str], remedy: str) -> Finding:
    return note(subject, ", ".join(names), remedy) if names else ok(subject, "none")


def _is_brief(found: Found) -> bool:
    """Tell whether these are containers for a moment that is not over yet."""
    return found.instance.name == LAB and any(one.state == "running" for one in found.containers)


def _has_idle_wiring(found: Found) -> bool:
    wirings = [one for one in found.containers if one.labels.get(ROLE) == "wiring"]
    return found.state is State.READY and any(one.state != "running" for one in wirings)


def clock(ahead: float, uncertain: float) -> Finding:
    """Judge the engine's clock beside ours."""
    if math.isnan(ahead):
        return note("clock", "the engine does not tell its time")
    by = max(0.0, abs(ahead) - uncertain)
    seen = f"the engine's is {by:.1f} s {'ahead of' if ahead > 0 else 'behind'} ours"
    remedy = "set both clocks by NTP: timedatectl set-ntp true"
    if by < AWRY:
        return ok("clock", "the engine's and ours are the same")
    return note("clock", seen, remedy) if by < WRONG else trouble("clock", seen, remedy)


def programs(installed: Iterable[str]) -> Iterator[Finding]:
    """Judge which programs are here that labs do without."""
    there = set(installed)
    for program, (package, use) in PROGRAMS.items():
        if program in there:
            yield ok(program, "installed")
        else:
            yield note(program, f"not installed (optional), for {use}", f"sudo apt-get install {package}")


def _judged(subject: str, well: str, wrong: str, remedy: str) -> Finding:
    return trouble(subject, wrong, remedy) if wrong else ok(subject, well)
