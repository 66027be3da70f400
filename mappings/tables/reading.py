"""Code tables from CSV: one file a table, named after it.

Columns, in any order: `code, canonical, title_fa, title_en` and, where they are known, `valid_from, valid_to, source,
grade`. Days are Gregorian (`2026-03-21`) or Jalali (`1405/01/01`). The byte order mark and the semicolons of
spreadsheets are read too.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date

from mappings.dates import DateError, date_reader
from mappings.tables.conflicts import Conflict, TableError
from mappings.tables.table import CodeTable, Row
from mappings.text import ascii_digits, hides_something
from mappings.written import nearest

LARGEST = 8 * 1024 * 1024
"""Bytes of the largest table."""
MOST_CONFLICTS = 100
COLUMNS = ("code", "canonical", "title_fa", "title_en", "valid_from", "valid_to", "source", "grade")
_NEEDED = COLUMNS[:4]
_GRADES = ("verified", "seen", "assumed")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}(\.[a-z][a-z0-9_]{0,60})?")
_LONGEST_CELL = 1000
_MOST_ROWS = 50_000

_gregorian = date_reader("iso")
_jalali = date_reader("jalali:%Y/%-m/%-d")


def read_table(raw: bytes, *, name: str) -> tuple[CodeTable, list[Conflict]]:
    """A table and its warnings.

    Raises:
        TableError: with every conflict, as long as there are not too many.
    """
    conflicts: list[Conflict] = []
    rows = list(_rows(raw, name, conflicts))
    conflicts += _overlaps(rows)
    if any(conflict.severity == "error" for conflict in conflicts):
        raise TableError(name, conflicts[:MOST_CONFLICTS])
    table = CodeTable(name, tuple(row for _, row in rows))
    return table, conflicts + _one_way(table, rows)


def _rows(raw: bytes, name: str, conflicts: list[Conflict]) -> Iterator[tuple[int, Row]]:
    if not _NAME.fullmatch(name):
        message = "a table is named <name> or <system>.<name>, in small letters"
        conflicts.append(Conflict(1, "", "table.name", message, "نام جدول درست نیست"))
    lines = _lines(raw, conflicts)
    heading = [cell.strip().lower() for cell in next(lines, [])]
    if not _heading(heading, conflicts):
        return
    number = 1
    try:
        for number, cells in enumerate(lines, 2):
            if len(conflicts) >= MOST_CONFLICTS or number > _MOST_ROWS:
                break
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(heading):
                message = f"{len(cells)} cells where the heading has {len(heading)}"
                conflicts.append(Conflict(number, "", "table.cells", message, "تعداد خانه‌ها با سرستون نمی‌خواند"))
                continue
            row = _row(dict(zip(heading, cells, strict=True)), number, conflicts)
            if row is not None:
                yield number, row
    except csv.Error as error:
        conflicts.append(Conflict(number + 1, "", "table.csv", f"this is not CSV: {error}", "این ردیف CSV نیست"))
    if number > _MOST_ROWS:
        message = f"a table has at most {_MOST_ROWS} rows"
        conflicts.append(Conflict(number, "", "table.size", message, "جدول بیش از اندازه بلند است"))


def _lines(raw: bytes, conflicts: list[Conflict]) -> Iterator[list[str]]:
    try:
        text = raw[:LARGEST].decode("utf-8-sig")
    except UnicodeDecodeError:
        conflicts.append(Conflict(1, "", "table.encoding", "the file is not UTF-8", "پرونده UTF-8 نیست"))
        text = ""
    if len(raw) > LARGEST:
        conflicts.append(Conflict(1, "", "table.size", "the file is too large", "پرونده بیش از اندازه بزرگ است"))
        text = ""
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _heading(heading: list[str], conflicts: list[Conflict]) -> bool:
    before = len(conflicts)
    for column in heading:
        if column not in COLUMNS:
            hint = nearest(column, COLUMNS)
            message = f"unknown column {column[:40]!r}" + (f" (did you mean {hint!r}?)" if hint else "")
            conflicts.append(Conflict(1, column[:40], "table.unknown_column", message, "این ستون شناخته نیست"))
        elif heading.count(column) > 1:
            conflicts.append(Conflict(1, column, "table.column_twice", "this column stands twice", "ستون تکراری است"))
    for column in _NEEDED:
        if column not in heading:
            message = "this column is missing"
            conflicts.append(Conflict(1, column, "table.missing_column", message, "این ستون نیامده است"))
    return len(conflicts) == before


def _row(cells: dict[str, str], number: int, conflicts: list[Conflict]) -> Row | None:
    before = len(conflicts)
    cells = {column: cell.strip() for column, cell in cells.items()}
    for column, cell in cells.items():
        if column in _NEEDED and not cell:
            conflicts.append(Conflict(number, column, "table.blank", "this cell is blank", "این خانه خالی است"))
        if len(cell) > _LONGEST_CELL or hides_something(cell):
            message = "a cell holds at most 1000 characters and none that hide or turn text"
            text = "خانه بلند است یا نویسه‌ای پنهان دارد"
            conflicts.append(Conflict(number, column, "table.text", message, text))
    grade = cells.get("grade") or "assumed"
    if grade not in _GRADES:
        hint = nearest(grade, _GRADES)
        message = f"a grade is one of {', '.join(_GRADES)}" + (f" (did you mean {hint!r}?)" if hint else "")
        conflicts.append(Conflict(number, "grade", "table.grade", message, "درجه اعتبار شناخته نیست"))
    days = [_day(cells.get(column, ""), number, column, conflicts) for column in ("valid_from", "valid_to")]
    if days[0] is not None and days[1] is not None and days[1] < days[0]:
        message = "the last day is before the first"
        conflicts.append(Conflict(number, "valid_to", "table.period", message, "روز پایان پیش از روز آغاز است"))
    if len(conflicts) > before:
        return None
    return Row(
        code=ascii_digits(cells["code"]),
        canonical=cells["canonical"],
        title_fa=cells["title_fa"],
        title_en=cells["title_en"],
        valid_from=days[0],
        valid_to=days[1],
        source=cells.get("source", ""),
        grade=grade,
    )


def _day(cell: str, number: int, column: str, conflicts: list[Conflict]) -> date | None:
    if not cell:
        return None
    try:
        return _jalali(cell) if "/" in cell else _gregorian(cell)
    except DateError:
        message = "a day is written 2026-03-21 or, Jalali, 1405/01/01"
        text = "تاریخ به شکل ۱۴۰۵/۰۱/۰۱ یا 2026-03-21 نوشته می‌شود"
        conflicts.append(Conflict(number, column, "table.date", message, text))
        return None


def _overlaps(rows: list[tuple[int, Row]]) -> Iterator[Conflict]:
    """Codes that stand twice on one day."""
    by_code: dict[str, list[tuple[int, Row]]] = {}
    for number, row in rows:
        for earlier, other in by_code.setdefault(row.code, []):
            if not row.meets(other):
                continue
            if (row.valid_from, row.valid_to) == (other.valid_from, other.valid_to):
                message = f"code {row.code!r} stands in row {earlier} already"
                yield Conflict(number, "code", "table.duplicate", message, f"این کد در ردیف {earlier} هم آمده است")
            else:
                message = f"code {row.code!r} is valid in row {earlier} on the same days"
                text = f"اعتبار این کد با ردیف {earlier} هم‌پوشانی دارد"
                yield Conflict(number, "valid_from", "table.overlap", message, text)
        by_code[row.code].append((number, row))


def _one_way(table: CodeTable, rows: list[tuple[int, Row]]) -> list[Conflict]:
    """Warnings: words that cannot be turned back into a code."""
    found = []
    for word, codes in table.ambiguous().items():
        number = next(number for number, row in rows if row.canonical == word)
        message = f"{word!r} has the codes {', '.join(codes)} at the same time: it can be read but not written"
        text = "این واژه هم‌زمان چند کد دارد: خوانده می‌شود ولی به کد برنمی‌گردد"
        found.append(Conflict(number, "canonical", "table.ambiguous", message, text, "warning"))
    return found
