"""A letter on A4 paper, as PDF: right to left in Persian, left to right in English."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, cast

from fpdf import FPDF, FontFace
from fpdf.enums import MethodReturnValue, XPos, YPos

from gateway.missing.fonts import Fonts
from gateway.missing.letter import Letter, in_persian_digits

FAMILY: Final = "Vazirmatn"
MARGIN: Final = 20.0
"""Millimetres at every side."""
LINE: Final = 6.6
"""Millimetres from one line of the text to the next."""
FACTS: Final = 50.0
"""Millimetres for number, date and annex."""
GREY: Final = 110
COLUMNS: Final = (12, 34, 55, 19, 34, 17)
"""How the table's width is shared, in the order of `Letter.labels`."""
SIGNATURE: Final = 70.0
"""Millimetres across for whoever signs."""
ROOM_TO_SIGN: Final = 14.0
"""Millimetres below the name for signature and stamp."""
SIZE: Final = 10.5
"""Points of the text."""

Align = Literal["L", "R"]


def set_letter(letter: Letter, fonts: Fonts, *, made_at: datetime) -> bytes:
    """Set the letter. The same letter of the same moment gives the same bytes."""
    page = _Page(letter, fonts, made_at)
    page.add_page()
    page.head()
    page.text(letter.addressee, bold=True)
    page.text(f"{'موضوع' if page.persian else 'Subject'}: {letter.subject}", bold=True, after=3)
    for paragraph in letter.paragraphs:
        page.text(paragraph, after=2)
    page.fields(letter.table_title, letter.labels, letter.rows)
    page.end()
    return bytes(page.output())


class _Page(FPDF):
    """A4 with the letter's direction in everything it sets."""

    def __init__(self, letter: Letter, fonts: Fonts, made_at: datetime) -> None:
        super().__init__(format="A4")
        self.letter = letter
        self.persian = letter.language == "fa"
        self.start: Align = "R" if self.persian else "L"
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN)
        self.add_font(FAMILY, "", fonts.regular)
        self.add_font(FAMILY, "B", fonts.bold)
        self.set_font(FAMILY, size=SIZE)
        # The script is found word by word: either letter may hold names and numbers in the other one.
        self.set_text_shaping(use_shaping_engine=True, direction="rtl" if self.persian else "ltr")
        self.set_lang("fa-IR" if self.persian else "en")
        self.set_title(letter.subject)
        self.set_author(letter.sender)
        self.set_creation_date(made_at)

    def text(self, words: str, *, bold: bool = False, after: float = 1) -> None:  # type: ignore[override]  # A paragraph, where fpdf2 has a word at a place.
        """Set a paragraph."""
        self.set_font(FAMILY, "B" if bold else "", SIZE)
        self.multi_cell(0, LINE, words, align=self.start, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(after)

    def height(self, words: str) -> float:
        """Millimetres that a paragraph takes."""
        self.set_font(FAMILY, size=SIZE)
        lines = self.multi_cell(0, LINE, words, align=self.start, dry_run=True, output=MethodReturnValue.LINES)
        return len(cast("list[str]", lines)) * LINE

    def head(self) -> None:
        """Set the letterhead: invocation, whose letter it is, number, date and annex, a line below."""
        self.set_font(FAMILY, size=10)
        self.cell(0, LINE, self.letter.invocation, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        top = self.get_y()
        facts_at = MARGIN if self.persian else self.w - MARGIN - FACTS
        for fact in self.letter.facts:
            self.set_x(facts_at)
            self.cell(FACTS, LINE, fact, align=self.start, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        below = self.get_y()
        sender_at = MARGIN + FACTS if self.persian else MARGIN
        self.set_xy(sender_at, top)
        self.set_font(FAMILY, "B", 15)
        self.multi_cell(self.epw - FACTS, 9, self.letter.sender, align=self.start, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if self.letter.draft:
            self.set_x(sender_at)
            self.set_font(FAMILY, "B", 12)
            self.set_text_color(GREY)
            self.cell(self.epw - FACTS, LINE, self.letter.draft, align=self.start, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.set_text_color(0)
        below = max(below, self.get_y()) + 2
        self.line(MARGIN, below, self.w - MARGIN, below)
        self.set_xy(MARGIN, below + 5)

    def fields(self, title: str, labels: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Set the table; its head stands on every page it reaches."""
        self.text(title, bold=True, after=0)
        self.set_font(FAMILY, size=9)
        turn = -1 if self.persian else 1
        # A field's name is Latin in both languages.
        aligns: list[Align | Literal["C"]] = ["C", "L", self.start, self.start, self.start, "C"]
        head = FontFace(emphasis="BOLD", fill_color=235)
        widths = COLUMNS[::turn]
        with self.table(
            col_widths=widths, text_align=tuple(aligns[::turn]), line_height=5, padding=(0.5, 1.2), headings_style=head
        ) as table:
            for line in (labels, *rows):
                cells = table.row()
                for cell in line[::turn]:
                    cells.cell(cell)
        self.ln(4)

    def end(self) -> None:
        """Set what is asked at last, the signature at the far side, and the lists below: all on one page."""
        letter = self.letter
        lines = len(letter.signature) + sum(len(items) + 1 for _, items in letter.lists)
        asked = sum(self.height(paragraph) + 2 for paragraph in letter.closing)
        if self.will_page_break(asked + lines * LINE + ROOM_TO_SIGN):
            self.add_page()
        for paragraph in letter.closing:
            self.text(paragraph, after=2)
        at = MARGIN if self.persian else self.w - MARGIN - SIGNATURE
        self.set_font(FAMILY, "B", SIZE)
        for line in letter.signature:
            self.set_x(at)
            self.multi_cell(SIGNATURE, LINE, line, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(ROOM_TO_SIGN)
        for label, items in letter.lists:
            self.set_font(FAMILY, "B", 9)
            self.multi_cell(0, 6, f"{label}:", align=self.start, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.set_font(FAMILY, size=9)
            for item in items:
                self.multi_cell(0, 6, f"– {item}", align=self.start, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def footer(self) -> None:
        """Set the number of the page, and which version of the register the letter was written from."""
        self.set_y(-MARGIN + 6)
        self.set_font(FAMILY, size=8)
        self.set_text_color(GREY)
        page = in_persian_digits(f"صفحهٔ {self.page_no()}") if self.persian else f"Page {self.page_no()}"
        self.cell(self.epw / 2, 5, page if self.persian else self.letter.reference, align="L")
        self.cell(self.epw / 2, 5, self.letter.reference if self.persian else page, align="R")
        self.set_text_color(0)
