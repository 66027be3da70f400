"""Moving a site from SQLite to the PostgreSQL database that its settings name."""

from typing import TYPE_CHECKING

from gateway.doctor import ledger
from gateway.site import Site
from pki.merkle import MerkleTree
from registry.move import Moved, MoveRefused, move
from registry.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def _foreign_keys(site: Site, source: Store) -> "Iterator[str]":
    """Say which of this machine's keys are not those that the source was written with."""
    if ledger.schema(source):
        return  # `move` says what is wrong with it.
    seen = source.read_now(ledger.look)
    for finding in ledger.keys(seen, site.vault, site.checkpoint_signer.verifier_key()):
        yield f"{finding.en} {finding.do_en}"
