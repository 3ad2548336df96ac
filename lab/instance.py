"""How a lab is written down in its containers: their names and their labels."""

from dataclasses import dataclass

OWNER, LAB, TOPOLOGY, SOURCE, DIGEST, IMAGE, NODE, RECIPE, ROLE, MAKER = (
    f"wiretale.{word}"
    for word in ("owner", "lab", "topology", "source", "digest", "image", "node", "recipe", "role", "maker")
)


@dataclass(frozen=True, order=True)
class Instance:
    """The name under which a lab runs, and whose it is; its containers are called wiretale.OWNER.NAME.NODE."""

    owner: str
    name: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels that all containers of this lab carry."""
        return {OWNER: self.owner, LAB: self.name}

    @property
    def switch(self) -> str:
        """The switch's container; no node can be called that, since a node's name begins with a letter."""
        return self.container("_switch")

    @property
    def wiring(self) -> str:
        """The wiring's container."""
        return self.container("_wiring")

    def container(self, node: str) -> str:
        """Return the name of a node's container."""
        return f"wiretale.{self.owner}.{self.name}.{node}"
