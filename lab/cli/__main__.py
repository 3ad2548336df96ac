"""``python -m lab.cli``: what ``./invoke`` runs."""

import sys

from lab.cli.program import main

sys.exit(main())
