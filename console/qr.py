"""QR codes for the pages."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """Draw a QR code as SVG, black on white in any theme: phones read no other."""
    drawn = segno.make(text, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn by the library out of squares; the text is not in it.
