"""Says on standard error where a run is: part, step, and about how long it still takes."""

import sys
import time
from collections.abc import Callable


def say(sentence: str) -> None:
    """Progress, away from the results."""
    print(sentence, file=sys.stderr, flush=True)


class Progress:
    """The steps of one part. `minutes` is what the part was planned to take, `after` what comes after it."""

    def __init__(
        self,
        part: str,
        *,
        minutes: float,
        after: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = say,
    ) -> None:
        self._part = part
        self._minutes = minutes
        self._after = after
        self._clock = clock
        self._tell = tell
        self._began = clock()
        self._steps = 0
        self._done = 0

    @property
    def taken(self) -> float:
        """Minutes since the part began."""
        return (self._clock() - self._began) / 60

    def expect(self, steps: int) -> None:
        """So many steps more are ahead."""
        self._steps += steps

    def step(self, what: str) -> None:
        """A step begins."""
        left = self.left()
        self._done += 1
        self._tell(
            f"[{self._part} {self._done}/{max(self._steps, self._done)}] {what}"
            f" – about {left:.0f} min left, {left + self._after:.0f} with the parts after it"
        )

    def left(self) -> float:
        """Minutes that the part still takes: by the pace of its steps so far, by the plan before one has ended."""
        if not self._done or not self._steps:
            return max(self._minutes - self.taken, 0.0)
        return self.taken / self._done * max(self._steps - self._done, 0)
