"""How a call that may be repeated is repeated: pauses that grow, and none that is as long as another's."""

from collections.abc import Callable
from random import Random

from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt

from connectors.manifest import RetrySpec
from connectors.resilience import Sleep


def repeating(
    spec: RetrySpec, *, worth: Callable[[RetryCallState], bool], random: Random, sleep: Sleep
) -> AsyncRetrying:
    """What makes up to `spec.attempts` attempts while each failure is `worth` another."""
    return AsyncRetrying(
        stop=stop_after_attempt(spec.attempts),
        retry=worth,
        wait=lambda state: pause(state) * (1.0 - random.random() / 2),
        sleep=sleep,
        reraise=True,
    )


def pause(state: RetryCallState) -> float:
    """Seconds before the next attempt at most: half a second, one, two and so on."""
    return 0.5 * 2.0 ** (state.attempt_number - 1)
