"""The states of an inquiry and every move between them: the one table.

    accepted ─┬─► queued ─► sent ─┬─► answered        waiting    to be tried again at a known time
              └───────────────────┤                   in_doubt   the call may have had an effect; outcome unknown
                                  └─► refused         parked     needs a person

Answered, refused and cancelled are final. `refused` is a business answer of the far side, not a fault.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where an inquiry stands."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENT = "sent"
    WAITING = "waiting"
    IN_DOUBT = "in_doubt"
    PARKED = "parked"
    ANSWERED = "answered"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Arrow(StrEnum):
    """Why an inquiry moves."""

    ENQUEUE = "enqueue"  # The broker confirmed the message.
    SEND = "send"  # A worker is about to call; written down before the call leaves.
    ANSWER = "answer"
    REFUSE = "refuse"
    POSTPONE = "postpone"  # Surely without effect; to be tried again.
    DOUBT = "doubt"
    PROVE_DONE = "prove_done"  # The far side shows that the effect happened.
    PROVE_REFUSED = "prove_refused"
    PROVE_ABSENT = "prove_absent"  # The far side shows that it never happened: safe to repeat.
    PARK = "park"
    REPLAY = "replay"
    ASK_AGAIN = "ask_again"  # It was parked in doubt: the far side is asked once more, nothing is repeated.
    SETTLE_BY_HAND = "settle_by_hand"  # A person has found out that the effect happened,
    REFUSE_BY_HAND = "refuse_by_hand"  # that the far side refused,
    REPEAT_BY_HAND = "repeat_by_hand"  # or that the call never arrived: safe to repeat.
    CANCEL = "cancel"


_S = State
ARROWS: Mapping[Arrow, tuple[frozenset[State], State]] = MappingProxyType(
    {
        Arrow.ENQUEUE: (frozenset({_S.ACCEPTED, _S.WAITING}), _S.QUEUED),
        Arrow.SEND: (frozenset({_S.ACCEPTED, _S.QUEUED, _S.WAITING}), _S.SENT),
        Arrow.ANSWER: (frozenset({_S.SENT}), _S.ANSWERED),
        Arrow.REFUSE: (frozenset({_S.SENT}), _S.REFUSED),
        Arrow.POSTPONE: (frozenset({_S.ACCEPTED, _S.QUEUED, _S.SENT}), _S.WAITING),
        Arrow.DOUBT: (frozenset({_S.SENT}), _S.IN_DOUBT),
        Arrow.PROVE_DONE: (frozenset({_S.IN_DOUBT}), _S.ANSWERED),
        Arrow.PROVE_REFUSED: (frozenset({_S.IN_DOUBT}), _S.REFUSED),
        Arrow.PROVE_ABSENT: (frozenset({_S.IN_DOUBT}), _S.WAITING),
        Arrow.PARK: (frozenset({_S.ACCEPTED, _S.QUEUED, _S.SENT, _S.WAITING, _S.IN_DOUBT}), _S.PARKED),
        Arrow.REPLAY: (frozenset({_S.PARKED}), _S.WAITING),
        Arrow.ASK_AGAIN: (frozenset({_S.PARKED}), _S.IN_DOUBT),
        Arrow.SETTLE_BY_HAND: (frozenset({_S.IN_DOUBT, _S.PARKED}), _S.ANSWERED),
        Arrow.REFUSE_BY_HAND: (frozenset({_S.IN_DOUBT, _S.PARKED}), _S.REFUSED),
        Arrow.REPEAT_BY_HAND: (frozenset({_S.IN_DOUBT, _S.PARKED}), _S.WAITING),
        Arrow.CANCEL: (frozenset({_S.ACCEPTED, _S.QUEUED, _S.WAITING, _S.PARKED}), _S.CANCELLED),
    }
)
"""Arrow → (the states it may start from, the state it leads to)."""

TERMINAL = frozenset({State.ANSWERED, State.REFUSED, State.CANCELLED})
FIRST = State.ACCEPTED


class IllegalMove(Exception):
    """The arrow does not start at the state the inquiry is in."""

    def __init__(self, state: State, arrow: Arrow) -> None:
        super().__init__(f"an inquiry that is {state} cannot take the arrow {arrow}")
        self.state = state
        self.arrow = arrow


def step(state: State, arrow: Arrow) -> State:
    """Return the state after the arrow. Raises `IllegalMove`."""
    sources, target = ARROWS[arrow]
    if state not in sources:
        raise IllegalMove(state, arrow)
    return target
