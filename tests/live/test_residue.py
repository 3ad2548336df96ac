"""What looks for residue finds it: a container that stays, with its processes, its namespace and its mounts."""

import os
import subprocess
import sys

import pytest

from lab.engine import discovery
from lab.instance import OWNER
from lab.progress import Nobody
from tests.engine.real import node_image
from tests.residue import Machine

pytestmark = pytest.mark.docker


@pytest.fixture
def machine(monkeypatch):
    monkeypatch.setattr("tests.residue.GOES_WITHIN", 0.2)
    return Machine.as_it_is(discovery.connect(Nobody()), f"residue-{os.getpid()}")


def test_a_container_that_stays_is_found_with_all_that_belongs_to_it(machine):
    left = machine.engine.containers.run(
        node_image(), ["sleep", "60"], detach=True, network_disabled=True, labels={OWNER: machine.owner}
    )
    try:
        with pytest.raises(AssertionError) as found:
            machine.assert_clean()
    finally:
        left.remove(force=True)
    kinds = {line.split()[0] for line in str(found.value).splitlines()[1:]}
    assert kinds >= {"container", "process", "namespace", "mount"}


def test_a_command_that_goes_on_is_found(machine):
    environment = os.environ | {"LOGNAME": machine.owner}
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], env=environment) as goes_on:
        try:
            with pytest.raises(AssertionError, match=r"process \d+: .*signal.pause"):
                machine.assert_clean()
        finally:
            goes_on.kill()
