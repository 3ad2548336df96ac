"""From a topology to its plan: every address, route, file and command, before anything runs."""

from lab.plan.model import Interface, NodePlan, Plan, Route, Segment
from lab.plan.planning import plan
from lab.plan.routes import path

__all__ = ["Interface", "NodePlan", "Plan", "Route", "Segment", "path", "plan"]
