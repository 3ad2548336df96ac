"""Up, and what keeps a lab up: whatever is there of it becomes what is planned, by changing what differs and no more.

- A lab that is ready, and of which nodes died, were restarted or are gone, gets just these anew. Its wirer is the lock.
  On failure or Ctrl-C what was made is removed, and all else is as it was: the lab still lacks those nodes.
- A lab whose switch died, or whose topology changed, gets a new switch, since that carries the topology as a label and
  the wires as its ports. Nodes that stay the same keep running, and get new wires. On failure or Ctrl-C all of it goes:
  nodes without wires are no lab.
- What was never ready is removed, and all is made anew.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from lab import converging, wiring
from lab.bringup import (
    Blueprint,
    Found,
    Kept,
    Making,
    State,
    add,
    all_or_nothing,
    answers,
    begun,
    claimed,
    down,
    find,
    make,
    settled,
)
from lab.converging import Change, Changes, Fate, Recipe, Standing
from lab.engine.protocol import Container, Engine
from lab.errors import InputError, NotFound
from lab.instance import RECIPE, Instance
from lab.interrupts import one_interrupt
from lab.plan.model import NodePlan
from lab.progress import Listener
from lab.wirer import Wirer, wirer

_ENDED, _CUT_OFF, _MUTE = "it had ended", "it had lost its wires", "it did not answer"
_HOLDS_ON = "its service would have held on to its old wires"

Signs = Mapping[str, str]
"""What is in a switch, ports and bridges by name, and what is written on it."""

Trouble = Callable[[NodePlan, Container], str]
"""What is wrong with a node that runs, in words; nothing where all is well."""


def up(engine: Engine, instance: Instance, blueprint: Blueprint, listener: Listener) -> Changes:
    """Bring a lab up, or make the one that is there what it should be; return what was done."""
    making = Making.of(instance, blueprint)
    with one_interrupt(), all_or_nothing(engine, making.labels, listener) as stake:
        while not claimed(engine, making):
            found = settled(engine, instance, listener)
            if found.state not in (State.READY, State.UNWIRED):
                down(engine, found)
            elif (done := _Upkeep(engine, making, stake, listener).converged(found)) is not None:
                return done
        make(engine, making, listener)
    return Changes(tuple(Change(node, Fate.MADE) for node in blueprint.plan.nodes), first=True)


@dataclass(frozen=True)
class _Upkeep:
    """Makes a lab that was ready once what it should be; what is at ``stake`` goes if that fails."""

    engine: Engine
    making: Making
    stake: list[Container]
    listener: Listener

    def converged(self, found: Found) -> Changes | None:
        """Change what differs; None when somebody else has made it another lab meanwhile.

        Who finds nothing to do needs no lock: a story may be told to the lab at the same time.
        """
        self._refuse_another(found)
        if self._is_well(found):
            return Changes(tuple(Change(node, Fate.UNCHANGED) for node in self.making.blueprint.plan.nodes))
        with wirer(self.engine, found.instance, self.making.blueprint.image) as hands:
            found = find(self.engine, found.instance)
            if found.state not in (State.READY, State.UNWIRED):
                return None
            signs = self._signs(found)
            if why := self._lacks_switch(found, signs):
                return self._with_new_switch(found, hands, why)
            return self._with_new_nodes(found, hands, self._differing(found, signs))

    def _refuse_another(self, found: Found) -> None:
        if found.topology != self.making.blueprint.plan.topology:
            raise InputError(
                f"a lab called '{found.instance.name}' runs already, of the topology '{found.topology}'; "
                "take it down first, or give this one a name of its own with name=…"
            )

    def _is_well(self, found: Found) -> bool:
        try:
            signs = self._signs(found)
        except NotFound:  # it has just been taken down
            return False
        return not self._lacks_switch(found, signs) and not self._differing(found, signs)

    def _signs(self, found: Found) -> Signs:
        if found.state is State.UNWIRED:
            return {}
        told = self.engine.run(found.instance.switch, ["ip", "-j", "link"])
        if told.exit_code:
            raise NotFound(f"the switch of '{found.instance.name}' was taken away while it was asked for its ports")
        return {link["ifname"]: link.get("ifalias", "") for link in json.loads(told.stdout)}

    def _lacks_switch(self, found: Found, signs: Signs) -> str:
        """Say why a lab needs a new switch; nothing when its own one will do."""
        if found.state is State.UNWIRED:
            return "the switch had died"
        if found.digest != self.making.blueprint.digest:
            return "the topology changed"
        bridges = {segment.bridge for segment in self.making.blueprint.plan.segments}
        return "" if bridges <= signs.keys() else "the switch was restarted"

    def _differing(self, found: Found, signs: Signs) -> Changes:
        """Return what has to change in a lab whose switch will do: a node's ports are signed while all is well."""

        def wires(planned: NodePlan, node: Container) -> str:
            is_signed = all(signs.get(end.port) == wiring.sign(end, node.pid) for end in planned.interfaces)
            return "" if is_signed else _CUT_OFF

        wanted, there = self.making.blueprint.recipes, self._looked_at(found)
        # While others are broken nobody is asked: a router, for example, is not ready while its neighbour is dead.
        broken = converging.changes(wanted, self._standings(there, wires))
        return broken or converging.changes(wanted, self._standings(there, self._silence))

    def _silence(self, planned: NodePlan, node: Container) -> str:
        return "" if answers(self.engine, node.id, planned) else _MUTE

    def _standings(self, there: Mapping[str, Container], trouble: Trouble) -> Mapping[str, Standing]:
        """Return how the nodes stand; ``trouble`` is what is wrong with one that runs."""

        def standing(name: str) -> Standing:
            return Standing(Recipe.read(there[name].labels.get(RECIPE, "")), self._trouble(name, there[name], trouble))

        with begun(standing, there) as stand:
            return dict(zip(there, stand, strict=True))

    def _trouble(self, name: str, node: Container, trouble: Trouble) -> str:
        if node.state != "running":
            return _ENDED
        planned = self.making.blueprint.plan.nodes.get(name)
        return trouble(planned, node) if planned else ""

    def _looked_at(self, found: Found) -> Mapping[str, Container]:
        """Return the nodes that are there, each as it is now."""
        with begun(self._now, found.nodes.values()) as looked:
            return {name: node for name, node in zip(found.nodes, looked, strict=True) if node}

    def _now(self, node: Container) -> Container | None:
        try:
            return self.engine.container(node.id)
        except NotFound:
            return None

    def _with_new_nodes(self, found: Found, hands: Wirer, changes: Changes) -> Changes:
        """Make those nodes anew that are not as planned."""
        if changes:
            self._tell(changes)
            self._remove(found, [found.nodes[node] for node in changes.of(Fate.MADE_ANEW, Fate.REMOVED)])
            add(self.engine, self.making, hands, {*changes.of(Fate.MADE, Fate.MADE_ANEW)}, self.listener)
        return changes

    def _with_new_switch(self, found: Found, hands: Wirer, why: str) -> Changes | None:
        """Replace the switch, and what else differs; None when somebody else claims the name in between."""
        there = self._looked_at(found)
        pids = {name: node.pid for name, node in there.items() if node.state == "running"}
        waiting = hands.asked(wiring.waiting(pids))

        def trouble(planned: NodePlan, node: Container) -> str:
            wires = _CUT_OFF if node.pid in waiting else _HOLDS_ON if _holds_on(planned) else ""
            return wires or self._silence(planned, node)

        changes = converging.changes(self.making.blueprint.recipes, self._standings(there, trouble), why)
        self._tell(changes)
        switch = [one for one in found.containers if one is found.switch]
        self.stake.extend([*found.nodes.values(), *switch])
        self._remove(found, switch)
        if not claimed(self.engine, self.making):
            self.stake.clear()
            return None
        kept = Kept(hands, {name: pids[name] for name in changes.of(Fate.UNCHANGED)})
        make(self.engine, self.making, self.listener, kept)
        return changes

    def _remove(self, found: Found, containers: Iterable[Container]) -> None:
        down(self.engine, replace(found, containers=tuple(containers)))

    def _tell(self, changes: Changes) -> None:
        for line in changes.lines:
            self.listener.say(line)


def _holds_on(node: NodePlan) -> bool:
    """Whether a node has a service that may know its interfaces by more than their addresses.

    Such as a DHCP client or server, or what announces routes: they need capabilities, which other services do not.
    """
    return bool(node.setup.command and node.setup.capabilities)
