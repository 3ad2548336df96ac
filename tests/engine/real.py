"""The Docker engine that the tests run on, and the image of its nodes: found, and built, as for any user."""

from functools import cache

from lab import kinds
from lab.engine import discovery, images
from lab.engine.docker import DockerEngine
from lab.progress import Nobody


@cache
def docker_engine() -> DockerEngine:
    return DockerEngine(discovery.connect(Nobody()))


@cache
def node_image() -> str:
    return images.ensure(discovery.connect(Nobody()), Nobody(), kinds.load())
