"""``python -m lab.cli``: what ``./invoke`` runs. A Ctrl-C while it is still being loaded ends it as any other does."""

import sys

try:
    from lab.cli.program import main

    code = main()
except KeyboardInterrupt:
    sys.stderr.write("interrupted\n")
    code = 130

sys.exit(code)
