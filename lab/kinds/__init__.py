"""The kinds of node: one file each, found by being here."""
