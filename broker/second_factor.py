"""Whether somebody who holds a tracking code also knows the end of the applicant's number.

What has no answer costs as much as what has: a case that does not exist, one without an applicant and one whose person
was erased are compared against a made-up number under a key of its own.
"""

import hmac

import orjson

from pki.errors import SealBroken
from pki.vault import Vault
from registry.cases import Case
from registry.subjects import Subject

_CONTEXT = b"applicant"
_NUMBERS = ("national_id", "legal_id")
LENGTH = 4


class SecondFactor:
    """Compares. One envelope is opened and one comparison made, whatever is asked."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        key = vault.new_subject_key()
        self._nobody = key, vault.seal(key, orjson.dumps({"national_id": "0" * 10}), _CONTEXT)

    def fits(self, case: Case | None, subject: Subject | None, last_four: str) -> bool:
        """Tell whether the applicant's national or legal ID ends so. `subject` is the case's own."""
        key, sealed = self._nobody
        real = False
        if case is not None and case.applicant_sealed is not None and subject is not None and subject.wrapped_key:
            key, sealed, real = subject.wrapped_key, case.applicant_sealed, True
        try:
            person = orjson.loads(self._vault.open(key, sealed, _CONTEXT))
        except SealBroken:
            # Erased, and come back under another key: the old applicant stays closed, and nobody can be matched.
            person, real = {}, False
        number = next((person[name] for name in _NUMBERS if person.get(name)), "")
        return hmac.compare_digest(number[-LENGTH:].encode(), last_four.encode()) and real
