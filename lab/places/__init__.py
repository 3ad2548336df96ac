"""Where in the world addresses are: a database of a topology's places, and the map of a way."""

from lab.places.drawing import Stop, worldmap
from lab.places.gazetteer import Spot, database, lookup

__all__ = ["Spot", "Stop", "database", "lookup", "worldmap"]
