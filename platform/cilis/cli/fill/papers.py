"""Papers that the demo's applicants hand in."""

from __future__ import annotations

from cilis.kit import text

_FONTS = "/Resources << /Font << /F1 5 0 R >> >>"


def sample_paper(*lines: str) -> bytes:
    """A one-page PDF with these lines, reduced to plain letters."""
    shown = "".join(f"({text.ascii_words(line, 80)}) Tj 0 -34 Td " for line in lines)
    drawn = f"BT /F1 24 Tf 72 720 Td {shown}ET"
    parts = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R " + _FONTS + " >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n"
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(parts) + 1
    table = f"xref\n0 {size}\n0000000000 65535 f \n{rows}"
    end = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return (out + table + end).encode("ascii")
