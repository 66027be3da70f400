"""What may be used once, remembered for all processes of a hub: signed messages, client assertions.

The insert decides: of two processes that are shown the same one at once, one is first, whichever database it is.
"""

import hashlib
from datetime import datetime

from sqlalchemy import delete

from registry.portable import insert_new
from registry.prepared import Prepared
from registry.process_tables import used_nonces
from registry.schema import Transaction

_USE = Prepared(insert_new(used_nonces, ["kind", "nonce", "until"]))


def use(t: Transaction, kind: str, *parts: str, until: datetime) -> bool:
    """Remember the nonce made of these parts until then; False when it is remembered already.

    Only a hash of it is kept. `until` is when whatever carries it is refused for its age anyway.
    """
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return _USE.count(t, {"kind": kind, "nonce": digest, "until": until}) == 1


def forget(t: Transaction, now: datetime) -> int:
    """Remove those that are remembered longer than they need be; return how many."""
    return t.execute(delete(used_nonces).where(used_nonces.c.until <= now)).rowcount
