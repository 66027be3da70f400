"""Writes the Node-RED flow: three HTTP-in chains and one consumer, as one would draw them in the editor."""

import json
from pathlib import Path
from typing import Any

ACCEPT = """
const peer = await global.get("peer");
const id = global.get("crypto").randomUUID();
const asked = msg.payload;
if (!asked || !asked.payload || !asked.payload.national_id) {
    msg.statusCode = 422; msg.payload = {}; return msg;
}
await peer.pool.query("INSERT INTO inquiry (id, state, body) VALUES ($1, 'accepted', $2)", [id, asked.payload]);
await peer.publish({ reference: id, ...asked.payload });
msg.statusCode = 202; msg.payload = { inquiry_id: id };
return msg;
"""
SHOW = """
const peer = await global.get("peer");
const found = await peer.pool.query("SELECT state, answer FROM inquiry WHERE id = $1", [msg.req.params.id]);
if (found.rowCount === 0) { msg.statusCode = 404; msg.payload = {}; return msg; }
msg.statusCode = 200; msg.payload = { inquiry_id: msg.req.params.id, ...found.rows[0] };
return msg;
"""
CONSUME = """
const peer = await global.get("peer");
await peer.consuming.consume(peer.queue, (delivery) => {
    if (delivery === null) { node.error("cancelled"); return; }
    node.send({ payload: JSON.parse(delivery.content.toString()), delivery });
});
"""
BEFORE = """
msg.reference = msg.payload.reference;
msg.headers = { "content-type": "application/json" };
return msg;
"""
STORE = """
const peer = await global.get("peer");
if (msg.statusCode !== 200) { peer.consuming.nack(msg.delivery); return null; }
await peer.pool.query("UPDATE inquiry SET state = 'answered', answer = $1, finished_at = now() WHERE id = $2",
    [msg.payload, msg.reference]);
peer.consuming.ack(msg.delivery);
return null;
"""


def _function(name: str, code: str, *wires: str, initialize: str = "") -> dict[str, Any]:
    return {
        "id": name, "type": "function", "z": "tab", "name": name, "func": code, "outputs": 1, "initialize": initialize,
        "finalize": "", "libs": [], "wires": [list(wires)],
    }  # fmt: skip


def flow(far_side: str, *, tuned: bool) -> list[dict[str, Any]]:
    """The nodes. `tuned` keeps the outbound connections alive."""
    nodes: list[dict[str, Any]] = [
        {"id": "tab", "type": "tab", "label": "inquiries"},
        {"id": "post", "type": "http in", "z": "tab", "url": "/v1/inquiries", "method": "post", "wires": [["accept"]]},
        _function("accept", ACCEPT, "reply"),
        {"id": "get", "type": "http in", "z": "tab", "url": "/v1/inquiries/:id", "method": "get", "wires": [["show"]]},
        _function("show", SHOW, "reply"),
        {"id": "reply", "type": "http response", "z": "tab", "statusCode": "", "headers": {}, "wires": []},
        _function("consume", "return null;", "before", initialize=CONSUME),
        _function("before", BEFORE, "call"),
        {
            "id": "call", "type": "http request", "z": "tab", "method": "POST", "ret": "obj", "paytoqs": "ignore",
            "url": far_side, "tls": "", "persist": tuned, "proxy": "", "insecureHTTPParser": False, "authType": "",
            "senderr": False, "headers": [], "wires": [["store"]],
        },
        _function("store", STORE),
    ]  # fmt: skip
    # A node without a place on the sheet is taken for a configuration node.
    return [nodes[0], *({**node, "x": 100, "y": 60 * place} for place, node in enumerate(nodes[1:]))]


def write(path: Path, far_side: str, *, tuned: bool) -> None:
    """Write the flow file."""
    path.write_text(json.dumps(flow(far_side, tuned=tuned), indent=1))
