"""How this room speaks to PostgreSQL: the only file that knows its settings, locks and transaction numbers.

Every transaction of the hub sees one state throughout (REPEATABLE READ). There an `ON CONFLICT DO NOTHING` or an UPDATE
that meets what another process committed meanwhile fails as a serialization failure instead of going on with half a
view, and the writer runs the act again: acts written for one writer stay right with many.
"""

from typing import Any, TypeAlias

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import NullPool, QueuePool

from registry.faults import StoreUnavailable, is_fault, unavailable
from registry.prepared import GATHERED

CHANNEL = "hub_outbox"
"""The channel of notices that a row is owed which no process holds."""

MIGRATION_LOCK = 0x_70_65_79_76_61_6E_64
"""The advisory lock under which one process at a time changes the schema or fills an empty database."""

_QUEUE_LOCK = MIGRATION_LOCK + 1
_READERS = 4
_OLDEST = 130_000  # pg_current_xact_id
_CONNECT_SECONDS = 5
_LOCK_SECONDS = 20
_SILENCE_MILLISECONDS = 20_000
"""How long a server that has vanished from the network may be taken for a slow one."""

_IN_TRANSACTION = 2  # libpq's PQTRANS_INTRANS

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id()::text"
_BEGIN_FRAMED = f"{_BEGIN}; SAVEPOINT act"

Driver: TypeAlias = Any
"""A psycopg connection. psycopg is an extra that a site on SQLite does without, so its types are not named here."""


def is_postgresql(url: str) -> bool:
    """Tell whether an address names a PostgreSQL database."""
    return url.startswith(("postgresql:", "postgresql+"))


def address(url: str) -> URL:
    """Return the address for psycopg 3. Raises ValueError when it names another driver or no database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql" or not parsed.database:
        shown = parsed.render_as_string()
        raise ValueError(f"HUB_DATABASE must name a database (postgresql://user@host/name), not {shown}")
    if parsed.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise ValueError(f"HUB_DATABASE: PostgreSQL is spoken to through psycopg 3, not {parsed.drivername}")
    return parsed.set(drivername="postgresql+psycopg")


def reader_engine(url: str) -> Engine:
    """Return an engine whose connections cannot write."""
    engine = _engine(url, isolation_level="REPEATABLE READ", pool_size=_READERS, max_overflow=0, poolclass=QueuePool)

    def read_only(driver: Driver, _: object) -> None:
        driver.read_only = True

    event.listen(engine, "connect", read_only)
    return engine


def writer_engine(url: str) -> Engine:
    """Return an engine for connections whose owner begins and ends each transaction by itself, with `BEGIN`."""
    engine = _engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    event.listen(engine, "connect", _durable)
    event.listen(engine, "before_cursor_execute", _send_what_waits)
    return engine


def schema_engine(url: str) -> Engine:
    """Return an engine for changing the schema: each statement sees what was committed before it."""
    return _engine(url, isolation_level="READ COMMITTED", poolclass=NullPool)


def listening(url: str) -> Connection:
    """Return a connection that hears notices. Raises StoreUnavailable."""
    engine = _engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    try:
        connection = engine.connect()
        connection.exec_driver_sql(f"LISTEN {CHANNEL}")
    except Exception as error:
        if is_fault(error):
            raise unavailable(error) from error
        raise
    return connection


def begin(driver: Driver, *, framed: bool) -> int:
    """Begin a writing transaction, with a savepoint if `framed`, and return its number: one round trip."""
    cursor = driver.execute(_BEGIN_FRAMED if framed else _BEGIN)
    cursor.nextset()
    return int(cursor.fetchone()[0])


def queue_up(driver: Driver) -> None:
    """Wait, outside of any transaction, until no other transaction that was overtaken too often is under way."""
    driver.execute(f"SELECT pg_advisory_lock({_QUEUE_LOCK})")


def leave_queue(driver: Driver) -> None:
    """Let the next one in."""
    driver.execute(f"SELECT pg_advisory_unlock({_QUEUE_LOCK})")


def next_frame(driver: Driver) -> None:
    """Keep what was done since the savepoint and set the next one."""
    driver.execute("RELEASE act; SAVEPOINT act")


def undo_frame(driver: Driver) -> None:
    """Undo what was done since the savepoint, which stays."""
    driver.execute("ROLLBACK TO act")


def commit(driver: Driver) -> None:
    """Commit what was begun."""
    driver.commit()


def in_good_order(driver: Driver) -> bool:
    """Tell whether the transaction may be committed: after a failed statement a commit would silently undo it."""
    return int(driver.pgconn.transaction_status) == _IN_TRANSACTION


def hear(driver: Driver) -> bool:
    """Return whether notices have come, without waiting. Raises StoreUnavailable when the connection has ended."""
    import psycopg  # noqa: PLC0415 - an extra: whoever has a connection has it.

    try:
        return bool(list(driver.notifies(timeout=0)))
    except psycopg.Error as error:
        raise unavailable(error) from error


def was_kept(url: str, number: int) -> bool | None:
    """Tell whether the transaction was committed; None while the server is still at it.

    Raises StoreUnavailable when nobody answers.
    """
    engine = writer_engine(url)
    try:
        with engine.connect() as connection:
            status = connection.exec_driver_sql("SELECT pg_xact_status(%s::text::xid8)", (str(number),)).scalar_one()
    except Exception as error:
        if is_fault(error):
            raise unavailable(error) from error
        raise
    return None if status == "in progress" else status == "committed"


def require_version(connection: Connection) -> None:
    """Raise StoreUnavailable for a server that is too old or stores text in another encoding than UTF-8."""
    row = connection.exec_driver_sql(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')"
    ).one()
    if row[0] < _OLDEST:
        raise StoreUnavailable(f"PostgreSQL {row[0] // 10_000} is too old; {_OLDEST // 10_000} or later is needed")
    if row[1] != "UTF8":
        raise StoreUnavailable(f"the database stores text as {row[1]}; make it with ENCODING 'UTF8'")


def _durable(driver: Driver, _: object) -> None:
    """Wait for the disk at every commit, and not for ever for a lock. What the server has set stricter stays."""
    driver.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    driver.execute(
        f"SELECT set_config('lock_timeout', '{_LOCK_SECONDS}s', false) WHERE current_setting('lock_timeout') = '0'"
    )


def _send_what_waits(connection: Connection, *_: object) -> None:
    """An ordinary statement sees what the transaction has gathered so far."""
    gathered = connection.connection.info.get(GATHERED)
    if gathered is not None:
        gathered.flush()


def _engine(url: str, **options: Any) -> Engine:
    parsed = address(url)
    given = {
        "application_name": "hub",
        "client_encoding": "utf8",
        "connect_timeout": _CONNECT_SECONDS,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": _SILENCE_MILLISECONDS,
    }
    ours = {name: value for name, value in given.items() if name not in parsed.query}
    try:
        return create_engine(parsed, connect_args=ours, hide_parameters=True, **options)
    except ModuleNotFoundError as error:
        raise StoreUnavailable("PostgreSQL needs its driver psycopg, which is missing") from error
