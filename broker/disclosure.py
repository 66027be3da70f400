"""Opening what an exchange said, for a person who has given a reason."""

from dataclasses import dataclass
from typing import Any

import orjson

from pki.errors import SealBroken
from pki.vault import Vault
from registry import inquiries, subjects
from registry.inquiries import Attempt, Inquiry
from registry.store import Transaction

SAMPLE = b"sample"
"""What the far side's replies are sealed for."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One exchange in clear: question and answer in canonical form, the far side's replies as they came, by attempt.

    None is what was not there, or cannot be opened any more because the person's key was erased.
    """

    question: dict[str, Any] | None
    answer: dict[str, Any] | None
    replies: dict[int, str]


def opened(vault: Vault, key: bytes | None, sealed: bytes | None, context: bytes) -> bytes | None:
    """Open sealed bytes; None when there are none, or they are under a key that is gone."""
    if sealed is None or not key:
        return None
    try:
        return vault.open(key, sealed, context)
    except SealBroken:
        return None  # The person was erased, and perhaps has come back under a new key.


def disclose(t: Transaction, vault: Vault, inquiry: Inquiry) -> Disclosed:
    """Open everything there is of an inquiry."""
    subject = subjects.get(t, inquiry.subject_id) if inquiry.subject_id else None
    key, context = subject.wrapped_key if subject else None, inquiry.id.encode()
    question = opened(vault, key, inquiry.payload_sealed, context)
    answer = opened(vault, key, inquiry.answer_sealed, context)
    replies = {one.number: _reply(vault, key, one) for one in inquiries.attempts(t, inquiry.id) if one.sample_sealed}
    return Disclosed(
        orjson.loads(question) if question else None,
        orjson.loads(answer) if answer else None,
        {number: reply for number, reply in replies.items() if reply is not None},
    )


def _reply(vault: Vault, key: bytes | None, attempt: Attempt) -> str | None:
    found = opened(vault, key, attempt.sample_sealed, SAMPLE)
    return None if found is None else found.decode("utf-8", "replace")
