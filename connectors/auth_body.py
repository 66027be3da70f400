"""What is done to a message as it leaves: fields encrypted one by one (JWE), the whole body signed (profile `jws`)."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from connectors.auth_profiles import Jws
from connectors.port import Call, Connector, Json, Refused, Retryable
from connectors.reach import Reach
from pki.errors import PkiError
from pki.jwe import encrypt_value
from pki.jws_body import detached, sign_body

#: A key that is missing or unusable is a person's task; asking sooner would not help.
_A_PERSONS_TASK = timedelta(hours=1)

#: Gives back headers to add and the body to send, for a body.
BodySigner = Callable[[bytes], tuple[Mapping[str, str], bytes]]


def body_signer(reach: Reach, auth: Jws, operation: str) -> BodySigner:
    """Sign with the credentials `certificate` and `private_key`."""
    certificate = reach.settings.credential("certificate", operation).encode()
    key = reach.settings.credential("private_key", operation).encode()
    name = reach.manifest.name

    def sign(body: bytes) -> tuple[Mapping[str, str], bytes]:
        try:
            token = sign_body(body, certificate, key, now=reach.clock())
        except PkiError as unusable:
            text = f"the signing identity cannot be used: {unusable.reason}"
            raise Retryable(f"{name}.key_unusable", text, after=_A_PERSONS_TASK) from unusable
        if auth.placement == "header":
            return {auth.header: detached(token)}, body
        return {"content-type": "application/jose"}, token.encode()

    return sign


class Encrypting:
    """A connector before which the values at an operation's `encrypted` pointers are encrypted for the provider."""

    def __init__(self, reach: Reach, connector: Connector) -> None:
        self._reach = reach
        self._connector = connector

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """Encrypt, then pass on. Raises Retryable when the provider's key is missing or unusable."""
        for pointer in self._reach.manifest.operations[operation].encrypted:
            native = self._encrypted(operation, native, pointer.split("/")[1:])
        return await self._connector.exchange(operation, native, call=call, timeout=timeout)

    async def close(self) -> None:
        """Give back connections."""
        await self._connector.close()

    def _encrypted(self, operation: str, native: Mapping[str, Json], steps: list[str]) -> dict[str, Json]:
        """A copy of `native` with the value at the pointer replaced; nothing is done where there is none."""
        first, *rest = steps
        copy = dict(native)
        if first not in copy or copy[first] is None:
            return copy
        if rest:
            if not isinstance(copy[first], Mapping):
                text = f"/{'/'.join(steps)} of {operation} leads through something that is no object"
                raise Refused("mapping.outside_contract", text)
            copy[first] = self._encrypted(operation, copy[first], rest)
            return copy
        reach = self._reach
        try:
            key = reach.settings.credential("provider_key", operation)
            copy[first] = encrypt_value(copy[first], key, now=reach.clock())
        except PkiError as unusable:
            text = f"the provider's encryption key cannot be used: {unusable.reason}"
            raise Retryable(f"{reach.manifest.name}.key_unusable", text, after=_A_PERSONS_TASK) from unusable
        return copy
