"""What can be seen on this machine alone: settings, keys, connectors, disks."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from gateway.doctor.findings import Finding, found
from gateway.settings import Settings
from gateway.site import JOURNAL, Site
from pki.checkpoint import CheckpointSigner
from pki.errors import PkiError
from pki.keys import SigningKey
from pki.vault import Vault, load_master_key

MEGABYTE = 1024 * 1024
FULL, LOW = 256 * MEGABYTE, 2048 * MEGABYTE
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - recognised, not listened on.
Free = Callable[[Path], int]


def free_bytes(path: Path) -> int:
    """Give what is left on the disk of a folder."""
    return shutil.disk_usage(path).free


def settings(chosen: Settings) -> Iterator[Finding]:
    """Look at settings that are well formed and yet wrong."""
    if chosen.kill_at is not None:
        yield found("settings.kill_at")
    if chosen.base_url is None and chosen.listen.rpartition(":")[0].strip("[]") in EVERYWHERE:
        yield found("settings.base_url", listen=chosen.listen)


def master_key(chosen: Settings) -> tuple[list[Finding], Vault | None]:
    """Read the master key without making one; the vault is None when there is none to use."""
    path = None if chosen.master_key else chosen.master_key_file or chosen.state / "master.key"
    if path is not None and not path.exists():
        return [found("master_key.missing", path=path)], None
    if path is not None and not os.access(path, os.R_OK):
        return [found("check.impossible", check="master key", why=f"{path} may not be read")], None
    try:
        vault = Vault(load_master_key(path, chosen.master_key.get_secret_value() if chosen.master_key else None))
    except PkiError as fault:
        return [found("master_key.unusable", why=fault)], None
    return list(_exposed(path)), vault


def signing_key(chosen: Settings) -> tuple[list[Finding], str | None]:
    """Read the signing key without making one; what the journal must verify with is None when there is none."""
    path = chosen.state / "keys" / "hub.pem"
    if not path.exists():
        return [found("signing_key.missing", path=path)], None
    try:
        key = SigningKey.from_pem(path.read_bytes())
        verifier_key = CheckpointSigner(key, JOURNAL).verifier_key()
    except OSError as fault:
        return [found("check.impossible", check="signing key", why=fault)], None
    except PkiError as fault:
        return [found("signing_key.unusable", why=fault)], None
    return list(_exposed(path)), verifier_key


def _exposed(path: Path | None) -> Iterator[Finding]:
    if path is not None and path.stat().st_mode & (stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH):
        yield found("key.exposed", path=path)


def connectors(site: Site) -> Iterator[Finding]:
    """Look at where the outside systems are said to be."""
    chosen = site.settings.systems
    for name in sorted(chosen.keys() - site.catalogue.keys()):
        yield found("connector.unknown", name=name)
    used = {name: chosen.get(name) for name in site.catalogue}
    addresses = {name: own.address if own else None for name, own in used.items() if own is None or own.enabled}
    if simulated := sorted(name for name, address in addresses.items() if address is None):
        yield found("connector.sandbox", names=", ".join(simulated))
    if plain := sorted(name for name, address in addresses.items() if address and address.startswith("http:")):
        yield found("connector.plain_http", names=", ".join(plain))


def disks(chosen: Settings, free: Free = free_bytes) -> Iterator[Finding]:
    """Look at the disks that the hub itself writes to."""
    folders = [chosen.state]
    if chosen.embedded_database:
        folders.append(Path(urlsplit(chosen.database).path[1:]).absolute().parent)
    seen = set()
    for folder in folders:
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        device = there.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        left = free(there)
        if left < LOW:
            yield found("disk.full" if left < FULL else "disk.low", path=there, megabytes=left // MEGABYTE)
