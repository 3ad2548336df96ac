"""What commands say, whoever listens."""

import os
import select
import subprocess
import sys

SAYS_AND_STAYS = "import sys; from lab.cli import terminal; terminal.say('here'); sys.stdin.read()"


def test_what_is_said_is_there_at_once_also_in_a_pipe():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    argv = [sys.executable, "-c", SAYS_AND_STAYS]
    with subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as staying:
        there, _, _ = select.select([staying.stdout], [], [], 20)
        assert there
        assert staying.stdout.readline() == b"here\n"
        staying.stdin.close()
