"""From a topology to its plan: every address, route, file and command, before anything runs."""
