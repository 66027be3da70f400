"""The folder that says whom to believe when something is verified offline.

*.vkey    verifier keys of journals, one a line (`name+hash+key`)
*.jwk     a public JWK or a JWK set
*.pem     a public key (for tokens), or certificates of roots
*.whsec   webhook secrets, one a line
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pki.errors import KeyUnusable
from pki.keys import PublicKey
from pki.strict import json_object

_PUBLIC_KEY = b"-----BEGIN PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class TrustFolder:
    """What the folder holds; `jwks` by key id, `roots` as PEM."""

    vkeys: tuple[str, ...] = ()
    jwks: dict[str, dict[str, str]] | None = None
    roots: tuple[bytes, ...] = ()
    secrets: tuple[str, ...] = ()


def _lines(files: list[Path]) -> tuple[str, ...]:
    texts = (file.read_text(encoding="utf-8") for file in files)
    return tuple(line.strip() for text in texts for line in text.splitlines() if line.strip())


def _read_jwk(data: bytes) -> dict[str, dict[str, str]]:
    try:
        value = json_object(data)
    except ValueError as error:
        raise KeyUnusable("key.jwk", "a .jwk file is not JSON") from error
    members: Any = value.get("keys", [value])
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise KeyUnusable("key.jwk", "a JWK set is a list of JWKs")
    return {str(member.get("kid") or PublicKey.from_jwk(member).kid): member for member in members}


def read_trust(folder: Path) -> TrustFolder:
    """Read every trust file of `folder`, in order of name. Raises KeyUnusable for a damaged one, OSError."""
    files = sorted(folder.iterdir())
    jwks: dict[str, dict[str, str]] = {}
    roots: list[bytes] = []
    for file in files:
        if file.suffix == ".jwk":
            jwks |= _read_jwk(file.read_bytes())
        elif file.suffix == ".pem":
            pem = file.read_bytes()
            if _PUBLIC_KEY in pem:
                key = PublicKey.from_pem(pem)
                jwks[key.kid] = key.jwk()
            else:
                roots.append(pem)
    try:
        vkeys = _lines([file for file in files if file.suffix == ".vkey"])
        secrets = _lines([file for file in files if file.suffix == ".whsec"])
    except UnicodeDecodeError as error:
        raise KeyUnusable("trust.unreadable", "a trust file is not text") from error
    return TrustFolder(vkeys, jwks, tuple(roots), secrets)
