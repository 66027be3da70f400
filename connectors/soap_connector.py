"""SOAP connectors: a native object becomes an envelope, perhaps signed, a reply envelope a native object."""

from collections.abc import Mapping

from connectors.drift import RAW, UNKNOWN
from connectors.http import HttpReply
from connectors.port import Call, ContractBroken, Effect, InDoubt, Json, Refused
from connectors.reach import Reach
from connectors.rest import decode, http_facts, repair
from connectors.soap import MessageInvalid, NotSoap, SoapCodec, to_bytes
from connectors.soap_attachments import packed, unpacked
from connectors.soap_envelope import child_of
from connectors.transport import HttpCall, Line
from connectors.verdicts import SAMPLE_LIMIT


class SoapConnector:
    """Reaches a SOAP system as its manifest and WSDL describe."""

    def __init__(self, reach: Reach) -> None:
        soap = reach.manifest.soap
        if soap is None:
            raise LookupError(f"{reach.manifest.name} has no table [soap] in its manifest")
        self.reach = reach
        if soap.mtom and any(reach.signer(name) for name in reach.manifest.operations):
            raise LookupError(f"{reach.manifest.name}: an envelope is signed, or its attachments travel beside it")
        self._path, self._mtom = soap.path, soap.mtom
        contract = reach.folder / "contract"
        self._codec = SoapCodec(contract, soap.wsdl.removeprefix("contract/"))
        self._line = Line(reach)

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """Send the native request as the Body's child, give back the reply's as a native object."""
        name = self.reach.manifest.operations[operation].soap or operation
        try:
            envelope = self._codec.encode(name, native)
        except MessageInvalid as invalid:
            raise Refused("mapping.outside_contract", invalid.detail) from invalid
        headers = self._codec.headers(name)
        if self._mtom:
            binary, action = self._codec.binary(str(child_of(envelope).tag)), self._codec.declared[name].action
            headers["content-type"], content = packed(envelope, binary, action)
        else:
            sign = self.reach.signer(operation)
            content = sign(envelope) if sign else to_bytes(envelope)
        if call.trace_parent:
            headers["traceparent"] = call.trace_parent
        asked = HttpCall("POST", self._path, headers, content)
        return self._read(operation, name, await self._line.send(operation, asked, timeout=timeout))

    async def close(self) -> None:
        """Close every connection."""
        await self._line.close()

    def _read(self, operation: str, name: str, reply: HttpReply) -> Json:
        system = self.reach.manifest.name
        try:
            body = unpacked(reply.headers.get("content-type", ""), reply.body)
            native = self._codec.decode(name, body)
            unknown = native.pop(UNKNOWN, None)
            native = repair(native)
            if unknown:
                text = decode(body, reply.headers.get("content-type", ""))
                native |= {UNKNOWN: unknown, RAW: text[: SAMPLE_LIMIT // 4]}
        except NotSoap:
            native = {"$text": decode(reply.body, reply.headers.get("content-type", ""))}
        except MessageInvalid as invalid:
            if self.reach.manifest.operations[operation].effect is Effect.ONCE:
                raise InDoubt(f"{system}.outside_contract", invalid.detail) from invalid
            raise ContractBroken(f"{system}.outside_contract", invalid.detail, sample=reply.body) from invalid
        return {**native, "$http": http_facts(reply)}
