"""`hub connectors test`: what is wrong with an address, a certificate or a credential, told in words.

Looked at in the order of a call – settings, name, connection, TLS, token, one harmless HTTP request – and no further
than the first thing that is wrong. The request goes to a reading operation and asks nothing (an empty object, or a GET
where SOAP is spoken): whatever the service says to it shows whether the path and the credentials are right.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

from connectors.auth import access
from connectors.auth_forms import missing
from connectors.guarded import calendar_of
from connectors.http import AnswerLost, HttpClient, HttpReply, NotSent, ReplyTooLarge
from connectors.port import Effect, Retryable
from connectors.probe_words import Finding, Severity, found
from connectors.reach import Reach
from connectors.transport import context_of
from pki.errors import PkiError
from pki.tls import client_context

PATIENCE = 10.0
"""Seconds each step may take."""

_SKEW = 60.0
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
#: OpenSSL's X509_V_ERR_… numbers.
_VERIFIED = {10: "tls.expired", 9: "tls.not_yet", 62: "tls.host", 64: "tls.host"}
_ISSUER = frozenset({18, 19, 20, 21, 2, 27})
_REFUSED_ALERTS = (
    "CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "UNKNOWN_CA", "CERTIFICATE_UNKNOWN", "ACCESS_DENIED",
    "UNSUPPORTED_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED", "HANDSHAKE_FAILURE",
)  # fmt: skip


async def examine(reach: Reach, *, patience: float = PATIENCE) -> list[Finding]:
    """Everything that was found, in order; the last one is the first that is wrong, if any is."""
    findings = []
    async for finding in _steps(reach, patience):
        findings.append(finding)
        if finding.severity is Severity.FAULT:
            break
    return findings


async def _steps(reach: Reach, patience: float) -> AsyncIterator[Finding]:
    for finding in _settings(reach):
        yield finding
    try:
        context = context_of(reach.settings)
    except (PkiError, OSError) as damaged:
        yield found("tls.settings", why=damaged)
        return
    place = urlsplit(reach.address)
    if reach.settings.address is None:
        yield found("address.simulator", address=reach.address)
    elif place.scheme == "http" and place.hostname not in _THIS_MACHINE:
        yield found("address.unencrypted", address=reach.address)
    yield await _connected(place, patience)
    if place.scheme == "https":
        yield await _shaken(place, context or client_context(), patience)
    http = HttpClient(connect=patience, connections=1, tls=context)
    try:
        async for finding in _asked(reach, http, patience):
            yield finding
    finally:
        await http.close()


def _settings(reach: Reach) -> list[Finding]:
    settings, name = reach.settings, reach.manifest.name
    told = [] if settings.enabled else [found("switch.off", name=name)]
    calendar = calendar_of(reach.manifest, settings)
    if not calendar.is_open(reach.clock()):
        told.append(found("calendar.closed", opening=calendar.next_opening(reach.clock()).isoformat()))
    if settings.address is None:
        return told  # Simulators take any credential.
    given = frozenset(settings.credentials)
    lacking = {one.name: one for auth in {reach.auth(operation) for operation in ("", *reach.manifest.operations)}
               for one in missing(auth, given)}  # fmt: skip
    return told + [
        found("credential.missing", name=name, credential=one.name, title_fa=one.words.fa, title_en=one.words.en)
        for one in lacking.values()
    ]


async def _connected(place: SplitResult, patience: float) -> Finding:
    host, port = _host_and_port(place)
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return found("tcp.timeout", host=host, port=port, seconds=f"{patience:g}")
    except ConnectionRefusedError:
        return found("tcp.refused", host=host, port=port)
    except socket.gaierror:
        return found("dns.unknown", host=host)
    except OSError as problem:
        return found("tcp.failed", host=host, port=port, why=problem)
    writer.close()
    return found("tcp.good", host=host, port=port)


async def _shaken(place: SplitResult, context: ssl.SSLContext, patience: float) -> Finding:
    host, port = _host_and_port(place)
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
            shown = writer.get_extra_info("peercert") or {}
            # TLS 1.3 tells only after the handshake that a client's certificate is refused.
            writer.write(b"HEAD / HTTP/1.0\r\n\r\n")
            answered = await reader.read(1)
            writer.close()
    except ssl.SSLCertVerificationError as wrong:
        code = _VERIFIED.get(wrong.verify_code) or ("tls.issuer" if wrong.verify_code in _ISSUER else "tls.failed")
        return found(code, host=host, why=wrong.verify_message)
    except ssl.SSLError as wrong:
        refused = any(alert in (wrong.reason or "").upper() for alert in _REFUSED_ALERTS)
        return found("tls.client_refused" if refused else "tls.failed", host=host, why=wrong.reason or wrong)
    except (OSError, TimeoutError) as wrong:
        return found("tls.failed", host=host, why=str(wrong) or type(wrong).__name__)
    if not answered:
        return found("tls.hung_up", host=host)
    return found("tls.good", host=host, until=_until(shown))


def _until(shown: object) -> str:
    text = str(shown.get("notAfter", "")) if isinstance(shown, dict) else ""
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC).date().isoformat() if text else "?"


async def _asked(reach: Reach, http: HttpClient, patience: float) -> AsyncIterator[Finding]:
    operation = _harmless(reach)
    means = access(reach, http, reach.auth(operation), operation)
    try:
        headers = await means.authenticator.headers(patience)
    except Retryable as refused:
        rejected = refused.code.endswith(".credentials_rejected")
        yield found("token.refused" if rejected else "token.failed", why=refused.text)
        return
    except (NotSent, AnswerLost, ReplyTooLarge) as lost:
        yield found("token.failed", why=lost)
        return
    path = _path(reach, operation) + means.suffix
    declared = reach.manifest.operations[operation]
    method, content = "GET", None
    if declared.http and declared.http.method != "GET" and declared.effect is Effect.READ:
        method, content = declared.http.method, b"{}"
        headers = {"content-type": "application/json", **headers}
    try:
        reply = await http.send(method, reach.address + path, headers=headers, content=content, timeout=patience)
    except (NotSent, AnswerLost, ReplyTooLarge) as lost:
        yield found("http.silent", why=lost)
        return
    if (skew := _skew(reply, reach)) > _SKEW:
        yield found("clock.skew", seconds=round(skew))
    yield _judged(reply, path, soap=declared.http is None)


def _judged(reply: HttpReply, path: str, *, soap: bool) -> Finding:  # noqa: PLR0911 - a line for each thing a service can say.
    status = reply.status
    start = reply.body.lstrip()[:9].lower()
    page = "html" in reply.headers.get("content-type", "") or start.startswith((b"<!doctype", b"<html"))
    if status == 407:  # noqa: PLR2004 - the numbers of RFC 9110 §15 are their own names.
        return found("http.proxy")
    if status in {401, 403}:
        return found("http.unauthorised", status=status)
    if status == 404:  # noqa: PLR2004 - see above.
        return found("http.path", path=path, status=status)
    if status in {495, 496} or (status == 400 and b"SSL certificate" in reply.body):  # noqa: PLR2004 - nginx's way.
        return found("tls.client_refused")
    if page:
        return found("http.page", status=status)
    # SOAP 1.1 says every no with 500.
    if status > 500 or (status == 500 and not soap):  # noqa: PLR2004 - see above.
        return found("http.fault", status=status)
    return found("http.good", status=status)


def _skew(reply: HttpReply, reach: Reach) -> float:
    try:
        there = parsedate_to_datetime(reply.headers["date"])
    except (KeyError, ValueError, TypeError):
        return 0.0
    return abs((reach.clock() - there).total_seconds())


def _harmless(reach: Reach) -> str:
    """A reading operation, best one that wants credentials."""
    reading = [name for name, one in reach.manifest.operations.items() if one.effect is Effect.READ]
    usual = reach.auth("")
    proving = [name for name in reading if reach.auth(name) == usual]
    return next(iter(proving or reading or reach.manifest.operations))


def _path(reach: Reach, operation: str) -> str:
    declared = reach.manifest.operations[operation]
    if declared.http is None:
        return reach.manifest.soap.path if reach.manifest.soap else "/"
    return declared.http.path.replace("{", "").replace("}", "")


def _host_and_port(place: SplitResult) -> tuple[str, int]:
    return place.hostname or "", place.port or (443 if place.scheme == "https" else 80)
