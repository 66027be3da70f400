"""`/soap/status`: portals that push by SOAP. They prove themselves by signature, API key or Basic, as registered."""

import base64
import binascii
from functools import lru_cache

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from connectors.soap_envelope import MEDIA_TYPES, SOAP_11, SOAP_12
from gateway import pushes, soap
from gateway.authentication import credential_hashed, identify, usable
from gateway.edge import problem_of, unexpected
from gateway.language import preferred
from gateway.parts import Caller, Parts, parts_of
from gateway.problems import Problem
from gateway.tracing import trace_of
from pki.errors import SignatureInvalid
from pki.wss import VerifiedEnvelope
from registry.credentials import key_hash

router = APIRouter(include_in_schema=False)


@lru_cache(maxsize=1)
def _service() -> soap.StatusService:
    """Made when the first message comes: reading the WSDL takes as long as starting half the hub."""
    return soap.StatusService()


@router.get(soap.PATH)
async def describe(request: Request) -> Response:
    """The WSDL, at `?wsdl`."""
    if "wsdl" not in {name.lower() for name in request.query_params}:
        raise Problem("method.not_allowed", headers={"Allow": "POST"})
    return Response(soap.wsdl(parts_of(request).base_url), media_type="text/xml; charset=utf-8")


@router.post(soap.PATH)
async def push(request: Request) -> Response:
    """Take one message; whatever goes wrong comes back as a fault of the version that was spoken."""
    version = SOAP_11
    try:
        raw, service = await request.body(), _service()
        if request.headers.get("content-type", "").startswith(MEDIA_TYPES[SOAP_12]):
            version = SOAP_12  # For a fault about bytes that are no envelope.
        envelope = service.envelope(raw, request.headers)
        version = soap.version_of(envelope)
        parts, verified = parts_of(request), None
        if soap.signed(envelope):
            verified = await run_in_threadpool(_verified, parts, raw)
            caller = await _signer(parts, verified)
        else:
            caller = await _identified(request, parts)
        asked = service.request(version, verified.body if verified else None, envelope)
        return service.answer(version, await pushes.take(parts, caller, asked))
    except Exception as error:  # noqa: BLE001 - a SOAP caller reads faults only, also of what nobody expected.
        problem = problem_of(error) or unexpected(request, error)
        language = preferred(request.headers.get("accept-language"))
        return soap.refused(problem, language, trace_of(request.scope).trace_id, version)


def _verified(parts: Parts, raw: bytes) -> VerifiedEnvelope:
    """What was signed, and by whom. Raises `signature.invalid` with the verifier's reason."""
    if parts.verify_envelope is None:
        raise Problem("signature.invalid", ("گواهی هیچ ریشه‌ای پذیرفته نیست.", "wss.untrusted: no root is trusted here"))
    try:
        return parts.verify_envelope(raw)
    except SignatureInvalid as wrong:
        raise Problem("signature.invalid", (f"دلیل: {wrong.reason}", f"{wrong.reason}: {wrong.text}")) from wrong


async def _signer(parts: Parts, verified: VerifiedEnvelope) -> Caller:
    """The participant whose certificate is registered. Raises `credential.unknown` and its kind."""
    credential = parts.current.value.certificates.get(verified.certificate_sha256)
    if credential is None:
        raise Problem("credential.unknown")
    return usable(credential, parts)


async def _identified(request: Request, parts: Parts) -> Caller:
    """The caller by `Authorization`: Bearer as everywhere, or Basic with the participant's name and an API key."""
    header = request.headers.get("authorization")
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return await identify(header, parts)
    try:
        user, colon, key = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as unreadable:
        raise Problem("credential.malformed") from unreadable
    if not colon:
        raise Problem("credential.malformed")
    caller = usable(await credential_hashed(parts, key_hash(key)), parts)
    if caller.identifier != user:
        raise Problem("credential.unknown")
    return caller
