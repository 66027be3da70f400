"""The code tables of a site: those that came with the program, and over them its own."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from mappings.tables.conflicts import Conflict, TableError
from mappings.tables.reading import LARGEST, read_table
from mappings.tables.table import CodeTable

_SHIPPED = Path(__file__).parent / "shipped"


def read_file(path: Path) -> tuple[CodeTable, list[Conflict]]:
    """Read the table in a file; it is named after the file.

    Raises:
        TableError: when it cannot be read or used.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        text = "پرونده خوانده نمی‌شود"
        message = f"the file cannot be read: {error.strerror}"
        raise TableError(path.stem, [Conflict(1, "", "table.unreadable", message, text)]) from error
    return read_table(raw, name=path.stem)


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, CodeTable]:
    """The tables that came with the program, by name. Raises TableError."""
    return MappingProxyType(_in_folder(_SHIPPED))


def tables_of(folder: Path | None) -> Mapping[str, CodeTable]:
    """Every table of a site whose own ones lie in `folder`; a table there stands for the shipped one of its name.

    Raises:
        TableError: for the first that cannot be used.
    """
    if folder is None or not folder.is_dir():
        return shipped()
    return MappingProxyType({**shipped(), **_in_folder(folder)})


def _in_folder(folder: Path) -> dict[str, CodeTable]:
    return {path.stem: read_file(path)[0] for path in sorted(folder.glob("*.csv"))}
