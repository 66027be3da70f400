"""FastAPI + Celery: the worker. Late acknowledgement, a quorum queue, confirmed publishing, as its documentation says.

As documented: `requests.post` in a prefork pool. Tuned: one session for each thread in a pool of threads.
"""

import threading
from typing import Any

import requests
import store
from celery import Celery

app = Celery("peer", broker=store.AMQP)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="inquiries",
    task_default_queue_type="quorum",
    task_default_exchange_type="topic",
    broker_transport_options={"confirm_publish": True},
    task_ignore_result=True,
    worker_prefetch_multiplier=4,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)
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


@app.task(name="deliver")
def deliver(message: dict[str, Any]) -> None:
    answer = _post(message)
    with _pool().connection() as connection:
        connection.execute(store.ANSWERED, (store.dumped(answer), message["reference"]))
