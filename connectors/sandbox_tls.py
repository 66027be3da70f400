"""The sandbox's own small authority: a root in the state folder, and a certificate for this start of the sandbox."""

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from pki.certificates import Authority, Identity, create_authority
from pki.secret_file import create_secret

ROOT_NAME = "Peyvand sandbox, trust it for tests only"
_YEARS = 3650
_DAYS = 90


def sandbox_identity(folder: Path, *, now: datetime, hosts: Sequence[str]) -> tuple[Identity, bytes]:
    """A certificate for `hosts`, and the root that issued it; the root is made at the first start and stays.

    Raises OSError when the folder cannot be written.
    """
    key, root = folder / "root.key", folder / "root.pem"
    if not key.exists():
        made = create_authority(ROOT_NAME, now=now, days=_YEARS)
        create_secret(key, made.key_pem)
        root.write_bytes(made.cert_pem)
    authority = Authority(root.read_bytes(), key.read_bytes())
    names, addresses = ["localhost"], ["127.0.0.1", "::1"]
    for host in hosts:
        (addresses if _is_address(host) else names).append(host)
    identity = authority.issue("sandbox", now=now, days=_DAYS, dns=sorted(set(names)), ips=sorted(set(addresses)))
    return identity, authority.cert_pem


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
