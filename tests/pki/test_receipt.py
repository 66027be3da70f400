import base64
import json
from typing import Any

import pytest
from pydantic import ValidationError

from pki.checkpoint import CheckpointSigner
from pki.keys import SigningKey
from pki.merkle import MerkleTree
from pki.receipt import Receipt, entry_of, verify_receipt

KEY = SigningKey.generate()
SIGNER = CheckpointSigner(KEY, "hub.example.ir/journal")
VKEY = SIGNER.verifier_key()
STATEMENTS = [json.dumps({"kind": "exchange", "number": n}, sort_keys=True, separators=(",", ":")) for n in range(11)]
SALTS = [bytes([number]) * 16 for number in range(11)]


@pytest.fixture(scope="module")
def receipt() -> Receipt:
    tree = MerkleTree()
    nodes: dict[tuple[int, int], bytes] = {}
    growth = tree.grow(0, lambda level, index: nodes[level, index], list(map(entry_of, SALTS, STATEMENTS)))
    nodes.update({(level, index): value for level, index, value in growth.nodes})
    path = tree.inclusion(6, 11, lambda level, index: nodes[level, index])
    return Receipt(
        statement=STATEMENTS[6],
        salt=SALTS[6].hex(),
        index=6,
        size=11,
        path=[base64.b64encode(step).decode() for step in path],
        checkpoint=SIGNER.sign(11, growth.root),
    )


def altered(receipt: Receipt, **change: Any) -> Receipt:
    return receipt.model_copy(update=change)


def test_a_receipt_holds_offline_after_a_trip_through_json(receipt: Receipt) -> None:
    verdict = verify_receipt(Receipt.model_validate_json(receipt.model_dump_json()), [VKEY])
    assert verdict.valid
    assert verdict.reason == "valid"
    assert verdict.details["statement"] == {"kind": "exchange", "number": 6}
    assert verdict.details["origin"] == "hub.example.ir/journal"


def test_every_way_to_alter_a_receipt_has_its_reason(receipt: Receipt) -> None:
    other = CheckpointSigner(SigningKey.generate(), SIGNER.origin)
    empty = base64.b64encode(bytes(32)).decode()
    cases = {
        "receipt.inclusion": [
            {"statement": receipt.statement.replace("6", "7")},
            {"statement": receipt.statement.replace(":", ": ")},
            {"salt": SALTS[5].hex()},
            {"index": 5},
            {"path": receipt.path[:-1]},
            {"path": [*receipt.path, empty]},
            {"path": [empty, *receipt.path[1:]]},
            {"path": receipt.path[::-1]},
            {"checkpoint": SIGNER.sign(11, bytes(32))},
        ],
        "receipt.statement": [{"statement": "[]"}, {"statement": "{"}, {"statement": '{"a":1,"a":2}'}],
        "receipt.salt": [{"salt": "zz"}],
        "receipt.path": [
            {"path": ["AAAA"]},
            {"path": ["!"]},
            {"path": [receipt.path[0].rstrip("=")]},
            {"path": ["A" * 42 + "B="]},
        ],
        "receipt.size": [{"size": 12}, {"checkpoint": SIGNER.sign(12, bytes(32))}],
        "checkpoint.signature": [{"checkpoint": receipt.checkpoint.replace("\n11\n", "\n12\n")}],
        "checkpoint.unknown_key": [{"checkpoint": other.sign(11, bytes(32))}],
        "checkpoint.format": [{"checkpoint": "nothing"}],
    }
    for reason, changes in cases.items():
        for change in changes:
            verdict = verify_receipt(altered(receipt, **change), [VKEY])
            assert (verdict.valid, verdict.reason) == (False, reason), change


def test_another_key_or_none_proves_nothing(receipt: Receipt) -> None:
    other = CheckpointSigner(SigningKey.generate(), SIGNER.origin).verifier_key()
    assert verify_receipt(receipt, [other]).reason == "checkpoint.unknown_key"
    assert verify_receipt(receipt, []).reason == "checkpoint.unknown_key"


@pytest.mark.parametrize(
    "change",
    [{"salt": "00"}, {"salt": "A" * 32}, {"index": -1}, {"size": 0}, {"index": "6"}, {"path": ["x"] * 65}, {"more": 1}],
)
def test_the_shape_is_strict(receipt: Receipt, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Receipt.model_validate({**receipt.model_dump(), **change})
