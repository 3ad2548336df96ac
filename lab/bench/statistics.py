"""What a few measurements say together: a median with its extremes, and ratios of what was measured in pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """The median of some values, the least and the greatest of them."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return that of at least one value."""
        return cls(median(values), min(values), max(values))

    def shown(self, digits: int = 2) -> str:
        """Return it in words: "1.21 (1.14–1.30)"; one alone without extremes."""
        middle, least, most = (f"{value:.{digits}f}" for value in (self.median, self.least, self.most))
        return middle if least == most else f"{middle} ({least}–{most})"


def ratios(ours: Sequence[float], others: Sequence[float], allowance: float = 0.0) -> Spread:
    """Return how many times the other's ours is, pair by pair, after an allowance was taken off ours."""
    return Spread.of([(one - allowance) / other for one, other in zip(ours, others, strict=True)])
