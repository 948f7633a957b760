"""A letter as its template reads it: its words, its reference as a barcode, its link as a QR code."""

from io import BytesIO
from pathlib import Path
from typing import Final

import segno
from barcode import Code128
from barcode.writer import SVGWriter

from chassis.typesetting import Said
from chassis.web.translations import speaking, translate
from contracts.references import readable
from notifications.letters.model import Content
from notifications.messages import languages
from notifications.messages.wording import BARCODE, IN_FRENCH, LETTER, QR, WRITTEN_ON

TEMPLATE: Final = Path(__file__).with_name("letter.typ")


def said(content: Content, reference: str) -> Said:
    """All that is printed, in the recipient's language: not in that of who prints."""
    with speaking(content.language):
        return _said(content, readable(reference), reference)


def _said(content: Content, shown: str, reference: str) -> Said:
    return {
        "title": content.title,
        "language": content.language,
        "day": [content.day.year, content.day.month, content.day.day],
        "date": translate(WRITTEN_ON).format(day=languages.written_on(content.day)),
        "sender": content.sender,
        "address": content.address,
        "reference": translate(LETTER).format(reference=shown),
        "barcode": {"svg": barcode(reference), "alt": translate(BARCODE).format(reference=shown)},
        "leading": content.leading,
        "link": content.link,
        "qr": {"svg": qr(content.link), "alt": translate(QR).format(link=content.link)} if content.link else None,
        "following": content.following,
        "french": {"title": IN_FRENCH, "paragraphs": content.french} if content.french else None,
        "foot": shown,
    }


def barcode(reference: str) -> str:
    """Code 128 (ISO/IEC 15417), as SVG: a hand-held reader types it like a keyboard."""
    into = BytesIO()
    Code128(reference, writer=SVGWriter()).write(
        into, {"module_height": 9.0, "write_text": False, "quiet_zone": 0.0, "module_width": 0.4}
    )
    return into.getvalue().decode()


def qr(link: str) -> str:
    """ISO/IEC 18004, as SVG; a quarter of it may be dirt."""
    return str(segno.make_qr(link, error="q").svg_inline(border=4, omitsize=True))
