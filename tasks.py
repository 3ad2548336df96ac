"""The verbs of Wiretale's command line: `./invoke --list` shows them, `./invoke VERB --help` says what one takes.

Each is a line or two; the work is done in ``lab.cli.verbs``, which is imported only when it is needed.
"""

from invoke import Collection, Context

from lab.cli.verb import command_of, verb


@verb
def up(context: Context, topology: str, name: str = "") -> int | None:
    """Bring a lab up: a topology's name or a file. `name` tells several labs of one topology apart."""
    from lab.cli.verbs import lab_verbs

    return lab_verbs.up(topology, name)


@verb
def down(context: Context, topology: str = "", name: str = "") -> int | None:
    """Take a lab down; without words, the only one that runs."""
    from lab.cli.verbs import lab_verbs

    return lab_verbs.down(topology, name)


@verb
def status(context: Context, topology: str = "", name: str = "") -> int | None:
    """Show a lab's nodes: addresses, readiness, uptime."""
    from lab.cli.verbs import lab_verbs

    return lab_verbs.status(topology, name)


@verb
def list_(context: Context) -> int | None:
    """List topologies, scenarios and running labs."""
    from lab.cli.verbs import lab_verbs

    return lab_verbs.list_()


@verb
def shell(context: Context, node: str, topology: str = "", name: str = "") -> int | None:
    """Open a shell in a node."""
    from lab.cli.verbs import lab_verbs

    return lab_verbs.shell(node, topology, name)


@verb
def exec_(context: Context, node: str, topology: str = "", name: str = "") -> int | None:
    """Run a command in a node: `exec node=victim -- dig python.org`. Its output and exit code are the command's."""
    from lab.cli.verbs import lab_verbs

    return lab_verbs.exec_(node, command_of(context), topology, name)


@verb
def clean(context: Context) -> int | None:
    """Remove everything that this user's labs left behind, and nothing else."""
    from lab.cli.verbs import lab_verbs

    return lab_verbs.clean()


@verb
def capture(context: Context, network: str = "", file: str = "", topology: str = "", name: str = "") -> int | None:
    """Capture the frames of a running lab into a pcapng file, or to standard output for `wireshark -k -i -`."""
    from lab.cli.verbs import capture_verb

    return capture_verb.capture(network, file, topology, name)


@verb
def run(
    context: Context,
    scenario: str,
    topology: str = "",
    name: str = "",
    step: bool = False,
    keep: bool = False,
    record: bool = False,
) -> int | None:
    """Tell a scenario, or `all` of them, and write what was seen into runs/.

    --step waits for Enter between the acts, with a question before each and its answer after; --keep leaves a lab up
    that was brought up for it; --record keeps the evidence for the tests that run without Docker.
    """
    from lab.cli.verbs import story_verbs

    return story_verbs.run(scenario, topology, name, record, step, keep)


@verb
def report(context: Context, run: str, format: str = "html", file: str = "") -> int | None:
    """Make the report of a run again, from its folder: html, svg, mermaid, text or json, into a file or its folder."""
    from lab.cli.verbs import report_verbs

    return report_verbs.report(run, format, file)


@verb
def diff(context: Context, run: list[str]) -> int | None:
    """Tell what is different between the frames of two runs: `diff run=FOLDER run=FOLDER`; 1 if anything is."""
    from lab.cli.verbs import report_verbs

    return report_verbs.diff(run)


@verb
def web(context: Context, topology: str = "home-lan", name: str = "", host: str = "") -> int | None:
    """Serve a page for the stage: stories told act by act, for everybody in the room. Ctrl-C ends it.

    `host=` is the address of this machine at which others may open it; without it, only this machine may.
    """
    from lab.cli.verbs import web_verb

    return web_verb.web(topology, name, host)


@verb
def soak(context: Context, scenario: str, times: str = "20", write: bool = False) -> int | None:
    """Tell a scenario, or `all`, many times and demand the same frames each time; --write notes the figures."""
    from lab.cli.verbs import soak_verb

    return soak_verb.soak(scenario, times, write)


@verb
def bench(context: Context, part: str = "all", rounds: str = "5", write: bool = False) -> int | None:
    """Measure labs beside what they cannot do without; `part=a` to h; --write notes it in docs/performance.md."""
    from lab.cli.verbs import bench_verb

    return bench_verb.bench(part, rounds, write)


@verb
def check(context: Context, topology: str) -> int | None:
    """Say everything that is wrong with a topology; needs no Docker."""
    from lab.cli.verbs import topology_verbs

    return topology_verbs.check(topology)


@verb
def plan(context: Context, topology: str, json: bool = False) -> int | None:
    """Print what would be created for a topology, --json for machines; needs no Docker."""
    from lab.cli.verbs import topology_verbs

    return topology_verbs.show_plan(topology, json)


@verb
def graph(context: Context, topology: str, format: str = "svg", file: str = "") -> int | None:
    """Draw a topology, as svg, mermaid or dot, into a file or to standard output; needs no Docker."""
    from lab.cli.verbs import topology_verbs

    return topology_verbs.graph(topology, format, file)


@verb
def schema(context: Context, write: bool = False) -> int | None:
    """Print the JSON Schema of topologies for editors; --write puts it where the topologies name it."""
    from lab.cli.verbs import topology_verbs

    return topology_verbs.show_schema(write)


@verb
def doctor(context: Context, json: bool = False) -> int | None:
    """Look at everything that labs need, and say what helps; --json for machines. Nothing is changed."""
    from lab.cli.verbs import doctor_verb

    return doctor_verb.doctor(json)


@verb
def show(context: Context) -> int | None:
    """Show which container engine is used, and where its state is."""
    from lab.cli.verbs import engine_verbs

    return engine_verbs.engine()


@verb
def stop(context: Context) -> int | None:
    """Stop the embedded engine, and with it every lab that runs on it."""
    from lab.cli.verbs import engine_verbs

    return engine_verbs.stop()


@verb
def env(context: Context) -> int | None:
    """Print what a shell needs to reach the engine: `eval "$(./invoke env)"`."""
    from lab.cli.verbs import engine_verbs

    return engine_verbs.env()


@verb
def images(context: Context, lock: bool = False) -> int | None:
    """Build the images that are missing and list them; --lock writes the versions of their packages down."""
    from lab.cli.verbs import engine_verbs

    return engine_verbs.show_images(lock)


@verb
def save_images(context: Context, file: str) -> int | None:
    """Save the images into one file, for machines without a network; what is missing is built first."""
    from lab.cli.verbs import engine_verbs

    return engine_verbs.save_images(file)


@verb
def load_images(context: Context, file: str) -> int | None:
    """Load the images from a file that `images.save` or `bundle` made."""
    from lab.cli.verbs import engine_verbs

    return engine_verbs.load_images(file)


@verb
def bill(context: Context, file: str = "", image: str = "node") -> int | None:
    """Tell what is in an image, as CycloneDX JSON; `image=large` is the large one, `file` keeps it."""
    from lab.cli.verbs import engine_verbs

    return engine_verbs.bill(image, file)


@verb
def bundle(context: Context, file: str, pythons: str = "") -> int | None:
    """Write all that a machine without a network needs into one file: images, and the Python packages.

    `pythons=3.11,3.13` says for which versions of Python; without it, for all that Wiretale runs on.
    """
    from lab.cli.verbs import engine_verbs

    return engine_verbs.bundle(file, pythons)


@verb
def unbundle(context: Context, file: str) -> int | None:
    """Set this machine up from a file of `bundle`, without a network: the environment, then the images."""
    from lab.cli.verbs import engine_verbs

    return engine_verbs.load_images(file)  # the environment was made before we ran, by the script `invoke`


@verb
def pages(context: Context) -> int | None:
    """Write the frames of the recorded scenarios into their pages in docs/scenarios."""
    from lab.cli.verbs import pages_verb

    return pages_verb.pages()


@verb
def test(context: Context, part: str = "all", pure: bool = False) -> int | None:
    """Run the tests: first the pure ones, then those in labs; words after `--` go to pytest."""
    from lab.cli.verbs import test_verbs

    return test_verbs.test("pure" if pure else part, command_of(context))


@verb
def lint(context: Context) -> int | None:
    """Check types, style and format."""
    from lab.cli.verbs import test_verbs

    return test_verbs.lint()


def _namespace() -> Collection:
    labs = (up, down, status, shell, clean, capture, run, report, diff, web, soak)
    topologies = (check, plan, graph, schema)
    verbs = Collection(*labs, *topologies, doctor, bench, env, bundle, unbundle, pages, test, lint)
    verbs.add_task(list_, "list")
    verbs.add_task(exec_, "exec")
    verbs.add_collection(_engine())
    verbs.add_collection(_images())
    return verbs


def _engine() -> Collection:
    verbs = Collection("engine", stop)
    verbs.add_task(show, default=True)
    return verbs


def _images() -> Collection:
    verbs = Collection("images")
    verbs.add_task(images, "show", default=True)
    verbs.add_task(save_images, "save")
    verbs.add_task(load_images, "load")
    verbs.add_task(bill, "sbom")
    return verbs


ns = _namespace()
