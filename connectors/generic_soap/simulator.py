"""A SOAP system simulated from its WSDL: checks requests by the schema and answers with made-up messages that fit."""

import json
import random as _random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from lxml import etree
from lxml.etree import _Element
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.contract import ContractOperation, ContractUnusable
from connectors.contract_replies import NOT_IN_ANY_CONTRACT, echoed, example_reply, place_of_choice, place_of_required
from connectors.faults import GENERAL, FaultKind
from connectors.from_wsdl import from_wsdl
from connectors.manifest import Manifest
from connectors.misbehaviour import Asked
from connectors.port import Effect
from connectors.simulation import SimulationContext, simulate
from connectors.soap import MessageInvalid, SoapCodec
from connectors.soap_attachments import is_multipart, packed, unpacked
from connectors.soap_envelope import MEDIA_TYPES, child_of, fault, read_envelope, standard_code, to_bytes

Faults = Mapping[str, frozenset[FaultKind]]
_EVERY: Final = GENERAL | {FaultKind.UNKNOWN_CODE, FaultKind.SOAP_PREFIX}


def simulation(
    folder: Path, manifest: Manifest
) -> tuple[Callable[[SimulationContext], Starlette], Faults, Mapping[tuple[str, FaultKind], frozenset[str]]]:
    """The simulator of one folder: how to make it, what it can do wrong. Raises ContractUnusable, OSError."""
    if manifest.soap is None:
        raise ContractUnusable("contract.missing", "manifest.toml", "the table [soap] names no WSDL")
    contract, leads = folder / "contract", manifest.soap.wsdl.removeprefix("contract/")
    known = {one.soap: one for one in from_wsdl(contract, leads).operations}
    operations: dict[str, ContractOperation] = {}
    for name, declared in manifest.operations.items():
        if declared.soap not in known:
            raise ContractUnusable("contract.operation", name, f"the WSDL has no operation {declared.soap!r}")
        operations[name] = known[declared.soap]
    codec = SoapCodec(contract, leads)

    def create(context: SimulationContext) -> Starlette:
        return _System(context, manifest, operations, codec).application()

    return create, {name: _faults(one, mtom=manifest.soap.mtom) for name, one in operations.items()}, {}


def _faults(operation: ContractOperation, *, mtom: bool) -> frozenset[FaultKind]:
    """Drift only where the contract leaves something to drift from; with MTOM each part has its own encoding."""
    drifts = set() if mtom else {FaultKind.CP1256}
    if place_of_required(operation.answer):
        drifts.add(FaultKind.DRIFT_RENAMED)
    if place_of_choice(operation.answer):
        drifts.add(FaultKind.DRIFT_ENUM)
    return frozenset(_EVERY | drifts)


class _System:
    """One simulated system."""

    def __init__(
        self,
        context: SimulationContext,
        manifest: Manifest,
        operations: Mapping[str, ContractOperation],
        codec: SoapCodec,
    ) -> None:
        self._context = context
        self._manifest = manifest
        self._operations = operations
        self._codec = codec
        self._named = {str(one.soap): name for name, one in operations.items()}
        self._replies = {
            name: example_reply(one, _random.Random(f"{context.seed}/{name}"))  # noqa: S311 - no secret.
            for name, one in operations.items()
        }

    def application(self) -> Starlette:
        """All operations under the one path; which one a message is for, its Body says."""
        path = self._manifest.soap.path if self._manifest.soap else "/"
        self._context.state["replies"] = lambda: self._replies
        return simulate(
            self._context, [Route(path, self._answer, methods=["POST"], name="soap")], operation_of=self._operation_of
        )

    def _operation_of(self, asked: Asked) -> str | None:
        try:
            child = child_of(read_envelope(unpacked(asked.headers.get("content-type", ""), asked.body)))
        except MessageInvalid:
            return None
        return self._named.get(self._codec.asked_with(str(child.tag)) or "")

    async def _answer(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        try:
            soap_name, asked = self._codec.read_request(unpacked(kind, await request.body()))
        except MessageInvalid as invalid:
            return self._fault("Client", invalid.detail, 500)
        name = self._named.get(soap_name)
        if name is None:
            return self._fault("Client", f"{soap_name} is not simulated", 500)
        if self._context.faults.take(FaultKind.UNKNOWN_CODE, name):
            return self._fault("Server.Unheard", "no contract says this", 200)
        effect = self._manifest.operations[name].effect
        reference = json.dumps(asked, sort_keys=True, ensure_ascii=False)
        if effect is Effect.ONCE or (effect is Effect.IDEMPOTENT and not self._context.ledger.count(name, reference)):
            self._context.ledger.record(name, reference, asked)
        return self._reply(name, soap_name, asked, multipart=is_multipart(kind))

    def _reply(self, name: str, soap_name: str, asked: Mapping[str, Any], *, multipart: bool) -> Response:
        take, operation = self._context.faults.take, self._operations[name]
        prefix = "S" if take(FaultKind.SOAP_PREFIX, name) else "soapenv"
        native = echoed(self._replies[name], asked, operation.answer)
        try:
            envelope = self._codec.reply(soap_name, native, prefix=prefix)
        except MessageInvalid:  # What was asked does not fit into the answer after all.
            envelope = self._codec.reply(soap_name, self._replies[name], prefix=prefix)
        if (place := place_of_required(operation.answer)) and take(FaultKind.DRIFT_RENAMED, name):
            for element in _found(envelope, place):
                element.tag = f"{element.tag}New"
        if (place := place_of_choice(operation.answer)) and take(FaultKind.DRIFT_ENUM, name):
            for element in _found(envelope, place):
                element.text = NOT_IN_ANY_CONTRACT
        media = f"{MEDIA_TYPES[self._codec.version]}; charset=utf-8"
        if multipart:
            media, body = packed(envelope, self._codec.binary(str(child_of(envelope).tag)))
            return Response(body, headers={"content-type": media})
        return Response(to_bytes(envelope), headers={"content-type": media})

    def _fault(self, code: str, text: str, status: int) -> Response:
        version = self._codec.version
        body = fault(version, standard_code(version, code), text)
        return Response(body, status, {"content-type": f"{MEDIA_TYPES[version]}; charset=utf-8"})


def _found(envelope: _Element, place: tuple[str, ...]) -> list[_Element]:
    """The elements at a path of local names below the Body's child."""
    found = [child_of(envelope)]
    for step in place:
        found = [child for one in found for child in one.iterchildren("*") if etree.QName(child).localname == step]
    return found
