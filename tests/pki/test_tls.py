import re
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pki.certificates import Identity, create_authority
from pki.errors import CertificateInvalid, KeyUnusable
from pki.tls import client_context, server_context

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
AUTHORITY = create_authority("a small site", now=NOW, days=2)
OTHER = create_authority("another", now=NOW, days=2)
HERE = AUTHORITY.issue("localhost", now=NOW, days=1, dns=["localhost"])
CALLER = AUTHORITY.issue("caller", now=NOW, days=1)

SWITCHES = re.compile(
    r"verify\s*=\s*False|CERT_NONE|CERT_OPTIONAL|_create_unverified|check_hostname\s*=\s*False|ssl\s*=\s*False"
    r"|verify_ssl|verify_mode\s*=|insecure",
    re.IGNORECASE,
)


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str = "localhost") -> ssl.SSLObject:
    """Both sides in memory. Raises what a real connection would."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (near, far):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    near_done: ssl.SSLObject = near
    assert near_done.version() in {"TLSv1.2", "TLSv1.3"}
    return far


def test_the_right_certificate_of_a_private_authority_is_accepted() -> None:
    server = server_context(HERE)
    server.load_verify_locations(cadata=AUTHORITY.cert_pem.decode())
    server.verify_mode = ssl.CERT_REQUIRED
    far = shake_hands(client_context(trust_pem=AUTHORITY.cert_pem.decode(), identity=CALLER), server)
    assert far.getpeercert(binary_form=True), "the server has seen who calls"


def test_everything_else_is_refused() -> None:
    roots = AUTHORITY.cert_pem.decode()
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(client_context(trust_pem=roots), server_context(HERE), "elsewhere.example")
    for trust in (None, OTHER.cert_pem.decode()):
        with pytest.raises(ssl.SSLCertVerificationError, match=r"unable to get local issuer|self-signed"):
            shake_hands(client_context(trust_pem=trust), server_context(HERE))


def test_a_trust_store_or_identity_that_is_none_is_refused() -> None:
    for text in ("", "no certificate", HERE.cert_pem.decode()):
        with pytest.raises(CertificateInvalid):
            client_context(trust_pem=text)
    for identity in (Identity(HERE.cert_pem, CALLER.key_pem), Identity(b"", b""), Identity(HERE.cert_pem, b"x")):
        with pytest.raises(KeyUnusable) as unusable:
            client_context(identity=identity)
        assert "PRIVATE" not in str(unusable.value)


def test_there_is_no_switch_that_turns_verification_off() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - whichever git there is.
    found = [
        (name, match.group())
        for name in listed.stdout.split()
        if not name.startswith(("tests/", "benchmarks/"))
        for match in SWITCHES.finditer((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert found == []
