"""How long the trials of a run are."""

from dataclasses import dataclass, field

FEWEST, MOST = 600, 20_000


@dataclass(frozen=True)
class Length:
    """`seconds` is what a closed loop shall take, `count` fixes its inquiries instead; `rate` is a second's at a fixed
    rate, for `at_rate_seconds`. `backlog` inquiries are queued, `stored` is what the ledger is compared at.
    """

    rounds: int = 3
    seconds: float = 6.0
    count: int | None = None
    warming: int = 300
    rate: float = 250.0
    at_rate_seconds: int = 8
    kill_seconds: int = 8
    down_seconds: int = 15
    window: float = 15.0
    backlog: int = 1_000_000
    stored: tuple[int, int] = (10_000, 1_000_000)
    quick: bool = False

    @property
    def at_rate(self) -> int:
        """Inquiries of a trial at the fixed rate."""
        return round(self.rate * self.at_rate_seconds)


QUICK = Length(
    rounds=1, seconds=2.0, at_rate_seconds=3, kill_seconds=5, down_seconds=4, window=4.0, backlog=50_000,
    stored=(1_000, 5_000), quick=True,
)  # fmt: skip


@dataclass
class Pace:
    """Sizes closed loops so that each takes about as long, whoever is measured: by what a subject did before."""

    length: Length
    _rates: dict[str, float] = field(default_factory=dict)

    def learn(self, subject: str, completed_per_second: float) -> None:
        """Keep what a trial has shown."""
        self._rates[subject] = completed_per_second

    def count(self, subject: str, warm_rate: float) -> int:
        """Inquiries of the subject's next trial; `warm_rate` is what it did while it was warmed."""
        if self.length.count is not None:
            return self.length.count
        rate = self._rates.get(subject, warm_rate)
        return round(min(max(rate * self.length.seconds, FEWEST), MOST))
