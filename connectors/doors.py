"""Doors of the sandbox: any simulated system behind an auth profile that is really verified.

At `/_secured/<profile>/<system>/…` a call is checked before the simulator sees it, and what it sees is what was signed
or encrypted. Wrong keys, old messages and replays do not pass. `GET …/_door` says what the door wants; a signer's root
is handed in with `POST …/_door` (PEM).

    jws            compact JWS as the body, or detached in the header X-JWS-Signature
    jwe            values encrypted one by one, ECDH-ES+A256KW on P-521
    wss-username   user name token: nonce, created, digest or text; user `hub`, password `secret`
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.auth_profiles import Jws, Profile
from connectors.faults import Clock
from connectors.soap_envelope import MEDIA_TYPES, SOAP_11, SOAP_12, fault
from pki.errors import PkiError
from pki.jwe import decrypt_value, generate_key
from pki.jws_body import attached, verify_body
from pki.replay import ReplayWindow
from pki.trust import Trust
from pki.wss_username import verify_username

DOOR_PATH: Final = "/_door"
USER, PASSWORD = "hub", "secret"
_KEEP: Final = timedelta(minutes=15)
_JWE_DOTS: Final = 4

#: Gives back the body that the simulator is to see. Raises PkiError.
Check = Callable[[Mapping[str, str], bytes], bytes]


class Refusal(PkiError):
    """A message that lacks what the door asks for."""

    code = "door.refused"


class SignedBody:
    """Lets through what one of the roots handed in vouches for, signed lately, once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._roots: list[bytes] = []
        self._seen = ReplayWindow(clock, _KEEP)

    def wants(self) -> dict[str, Any]:
        """What a caller has to know."""
        return {"profile": "jws", "header": Jws().header, "roots": len(self._roots)}

    def enrol(self, pem: bytes) -> None:
        """Trust another root. Raises PkiError."""
        Trust([pem])
        self._roots.append(pem)

    def check(self, headers: Mapping[str, str], body: bytes) -> bytes:
        """The signed message."""
        signature = headers.get(Jws().header.lower())
        token = attached(signature, body) if signature else body.decode("ascii", "replace")
        content, _ = verify_body(token, Trust(self._roots), now=self._clock())
        # Keyed on what was signed, not on the signature: an ECDSA signature can be rewritten into a second valid one.
        if not self._seen.first(hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()):
            raise Refusal("jws.replayed", "this message has been received before")
        return content


class EncryptedValues:
    """Decrypts each value that was encrypted for the key given out; a message with none does not pass."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._private, self._public = generate_key()
        self._seen = ReplayWindow(clock, _KEEP)

    def wants(self) -> dict[str, Any]:
        """The key, as the credential `provider_key` takes it."""
        return {"profile": "jwe", "provider_key": json.loads(self._public)}

    def enrol(self, pem: bytes) -> None:
        """Nobody is enrolled here."""
        raise Refusal("jwe.key", f"encrypt for the key given out; {len(pem)} bytes were not looked at")

    def check(self, headers: Mapping[str, str], body: bytes) -> bytes:  # noqa: ARG002 - the doors' shape.
        """The message in clear."""
        try:
            message = json.loads(body)
        except ValueError as unreadable:
            raise Refusal("jwe.format", "the message is no JSON") from unreadable
        opened: list[str] = []
        clear = self._opened(message, opened)
        if not opened:
            raise Refusal("jwe.missing", "no value of the message is encrypted")
        if not all(self._seen.first(token) for token in opened):
            raise Refusal("jwe.replayed", "a value has been received before")
        return json.dumps(clear, ensure_ascii=False).encode()

    def _opened(self, value: Any, opened: list[str]) -> Any:
        if isinstance(value, dict):
            return {name: self._opened(inner, opened) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._opened(inner, opened) for inner in value]
        if isinstance(value, str) and value.startswith("eyJ") and value.count(".") == _JWE_DOTS:
            opened.append(value)
            return decrypt_value(value, self._private, now=self._clock())
        return value


class UserNameToken:
    """Lets the one user through whose password it knows, with a nonce that is new."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = ReplayWindow(clock, _KEEP)

    def wants(self) -> dict[str, Any]:
        """Whom it knows."""
        return {"profile": "wss-username", "username": USER, "password": PASSWORD, "password_types": ["digest", "text"]}

    def enrol(self, pem: bytes) -> None:
        """Nobody is enrolled here."""
        raise Refusal("wss.password", f"the one user is known already; {len(pem)} bytes were not looked at")

    def check(self, headers: Mapping[str, str], body: bytes) -> bytes:  # noqa: ARG002 - the doors' shape.
        """The envelope as it is: simulators look at its Body only."""
        verify_username(body, {USER: PASSWORD}.get, now=self._clock(), replay=self._seen)
        return body


DOORS: Final[Mapping[str, Callable[[Clock], SignedBody | EncryptedValues | UserNameToken]]] = {
    Profile.JWS.value: SignedBody,
    "jwe": EncryptedValues,
    Profile.WSS_USERNAME.value: UserNameToken,
}


def doors(simulators: Mapping[str, ASGIApp], clock: Clock) -> list[BaseRoute]:
    """A door of each kind before each simulator."""
    return [
        Mount(f"/_secured/{profile}/{name}", Door(make(clock), simulator))
        for profile, make in DOORS.items()
        for name, simulator in simulators.items()
    ]


class Door:
    """An application before another one."""

    def __init__(self, guard: SignedBody | EncryptedValues | UserNameToken, inside: ASGIApp) -> None:
        self._guard = guard
        self._inside = inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Controls of the simulator need no proof."""
        if scope["type"] != "http":
            await self._inside(scope, receive, send)
            return
        request = Request(scope, receive)
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
        if path == DOOR_PATH:
            await (await self._own(request))(scope, receive, send)
        elif path.startswith("/_sim/"):
            await self._inside(scope, receive, send)
        else:
            body = await request.body()
            try:
                content = self._guard.check({name.lower(): value for name, value in request.headers.items()}, body)
            except PkiError as refused:
                await _refusal(refused, body, request)(scope, receive, send)
                return
            await self._inside(_inner(scope, self._guard), _holding(content, receive), send)

    async def _own(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                self._guard.enrol(await request.body())
            except PkiError as unusable:
                return JSONResponse({"error": unusable.reason, "text": unusable.text}, 422)
        return JSONResponse(self._guard.wants())


def _refusal(refused: PkiError, body: bytes, request: Request) -> Response:
    """HTTP 401, or to a SOAP message the fault of the standard (SOAP Message Security 1.1 §12)."""
    if not request.headers.get("content-type", "").startswith(tuple(MEDIA_TYPES.values())):
        return JSONResponse({"error": refused.reason, "text": refused.text}, 401)
    version = SOAP_12 if SOAP_12.encode() in body else SOAP_11
    aged = refused.reason in {"wss.expired", "wss.future"}
    code = "wsu:MessageExpired" if aged else "wsse:FailedAuthentication"
    text = f"{refused.reason}: {refused.text}"
    return Response(fault(version, code, text), 500, media_type=f"{MEDIA_TYPES[version]}; charset=utf-8")


def _inner(scope: Scope, guard: SignedBody | EncryptedValues | UserNameToken) -> Scope:
    """What was a token is JSON again."""
    if isinstance(guard, UserNameToken):
        return scope
    headers = [(name, value) for name, value in scope["headers"] if name not in {b"content-type", b"content-length"}]
    return {**scope, "headers": [*headers, (b"content-type", b"application/json; charset=utf-8")]}


def _holding(content: bytes, receive: Receive) -> Receive:
    """The body as it was found to be, then whatever else comes."""
    given = iter([{"type": "http.request", "body": content, "more_body": False}])

    async def again() -> Message:
        return next(given, None) or await receive()

    return again
