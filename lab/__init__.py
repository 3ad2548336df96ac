"""Wiretale: topologies become wires, stories are told on them, frames prove them."""
