"""Every subject by name, in the order in which they are measured."""

from benchmarks.subjects.floors import FLOOR_PIKA, FLOOR_RABBITMQ, FLOOR_SQLITE
from benchmarks.subjects.ground import Subject
from benchmarks.subjects.hub_site import HUB_RABBITMQ, HUB_SQLITE
from benchmarks.subjects.node_red import NODE_RED, NODE_RED_TUNED
from benchmarks.subjects.peers import PEER_SUBJECTS

SUBJECTS: dict[str, Subject] = {
    subject.name: subject
    for subject in (
        FLOOR_PIKA,
        FLOOR_SQLITE,
        HUB_SQLITE,
        FLOOR_RABBITMQ,
        HUB_RABBITMQ,
        *PEER_SUBJECTS,
        NODE_RED,
        NODE_RED_TUNED,
    )
}
