"""FastAPI + Dramatiq: the worker. Confirmed delivery and quorum queues; it acknowledges after the work by itself."""

import threading
from typing import Any

import dramatiq
import requests
import store
from dramatiq.brokers.rabbitmq import RabbitmqBroker


class QuorumBroker(RabbitmqBroker):
    """The same broker with quorum queues, which it has no setting for."""

    def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:
        return {**super()._build_queue_arguments(queue_name), "x-queue-type": "quorum"}


broker = QuorumBroker(url=store.AMQP, confirm_delivery=True)
dramatiq.set_broker(broker)
_here = threading.local()
_pools: dict[str, Any] = {}
_making = threading.Lock()


def _pool() -> Any:
    with _making:
        if "it" not in _pools:
            _pools["it"] = store.sync_pool()
    return _pools["it"]


def _post(message: dict[str, Any]) -> Any:
    if not store.TUNED:
        return requests.post(store.FAR_SIDE, json=message, timeout=30).json()
    if not hasattr(_here, "session"):
        _here.session = requests.Session()
    return _here.session.post(store.FAR_SIDE, json=message, timeout=30).json()


@dramatiq.actor(queue_name="inquiries")
def deliver(message: dict[str, Any]) -> None:
    answer = _post(message)
    with _pool().connection() as connection:
        connection.execute(store.ANSWERED, (store.dumped(answer), message["reference"]))
