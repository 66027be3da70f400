"""`INSERT … ON CONFLICT`, in the words that SQLite and PostgreSQL share."""

from collections.abc import Sequence

from sqlalchemy import Table, TextClause, bindparam, text


def insert_row(table: Table, columns: Sequence[str], returning: str | None = None) -> TextClause:
    """Return a plain insert, giving back one column if asked."""
    return _insert(table, columns, "" if returning is None else f"RETURNING {_quoted(returning)}")


def insert_new(table: Table, columns: Sequence[str]) -> TextClause:
    """Return an insert that does nothing where a unique key exists already; `rowcount` tells which happened."""
    return _insert(table, columns, "ON CONFLICT DO NOTHING")


def upsert(table: Table, *, keep: Sequence[str] = (), only_where: str = "") -> TextClause:
    """Return an insert of all columns that replaces the row with the same primary key, but for the columns to `keep`.

    `only_where` is a condition on the row that is there; where it fails nothing is replaced and `rowcount` is 0.
    """
    keys = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns if not column.primary_key and column.name not in keep]
    settings = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    condition = f" WHERE {only_where}" if only_where else ""
    return _insert(
        table,
        list(table.columns.keys()),
        f"ON CONFLICT ({', '.join(map(_quoted, keys))}) DO UPDATE SET {settings}{condition}",
    )


def _insert(table: Table, columns: Sequence[str], suffix: str) -> TextClause:
    names = ", ".join(map(_quoted, columns))
    values = ", ".join(f":{name}" for name in columns)
    # Names come from the schema above, never from a caller.
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({values}) {suffix}"  # noqa: S608 - see above.
    return text(statement).bindparams(*(bindparam(name, type_=table.c[name].type) for name in columns))


def _quoted(name: str) -> str:
    return f'"{name}"'
