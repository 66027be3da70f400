"""Moving a site from SQLite to the PostgreSQL database that its settings name."""

from collections.abc import Iterator

from gateway.doctor import ledger, own
from gateway.doctor.findings import Severity
from gateway.site import Site
from pki.merkle import MerkleTree
from registry.move import Moved, MoveRefused, move
from registry.store import Store


def move_here(site: Site, source: str) -> Moved:
    """Copy everything from `source` into this site's empty database, whose keys must be the source's.

    Raises MoveRefused, MoveFailed, StoreBusy while a hub runs on the source, StoreUnavailable, ValueError, PkiError.
    """
    reader = Store.open_reader(source)
    try:
        for fault in _foreign_keys(site, reader):
            raise MoveRefused(fault)
    finally:
        reader.close_now()
    return move(source, site.settings.database, tree=MerkleTree())


def _foreign_keys(site: Site, source: Store) -> Iterator[str]:
    """Say which of this machine's keys are not those that the source was written with."""
    if ledger.schema(source):
        return  # `move` says what is wrong with it.
    seen = source.read_now(ledger.look)
    sealed, vault = own.master_key(site.settings)
    signed, verifier_key = own.signing_key(site.settings)
    missing = [*sealed, *signed] if seen.site_key else []
    for finding in (*missing, *ledger.keys(seen, vault, verifier_key)):
        if finding.severity is not Severity.CAUTION:
            yield f"{finding.en} {finding.do_en}"
