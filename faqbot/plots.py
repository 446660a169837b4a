"""A report as one HTML page with curves drawn as inline SVG; no dependency, no script."""

from collections.abc import Sequence
from html import escape

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .7rem;border-bottom:1px solid #ccc;text-align:left}"
    "svg{max-width:22rem;margin-right:2rem}"
)


def page(title: str, body: str) -> str:
    """Return a whole page; ``body`` is HTML."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1>{body}</html>"
    )


def plot(points: Sequence[tuple[float, float]], across: str, up: str, diagonal: bool = False) -> str:
    """Return a curve in the unit square; ``diagonal`` adds the line on which both values are the same."""
    line = " ".join(f"{40 + 250 * x:.1f},{260 - 250 * y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{40 + 250 * x:.1f}" cy="{260 - 250 * y:.1f}" r="3" fill="#0a5"/>' for x, y in points if diagonal)
    return (
        f'<svg viewBox="0 0 300 300" role="img" aria-label="{escape(up)} against {escape(across)}">'
        '<rect x="40" y="10" width="250" height="250" fill="none" stroke="#999"/>'
        + ('<line x1="40" y1="260" x2="290" y2="10" stroke="#ccc"/>' if diagonal else "")
        + f'<polyline points="{line}" fill="none" stroke="#0a5" stroke-width="2"/>{dots}'
        f'<text x="165" y="285" font-size="12" text-anchor="middle">{escape(across)}</text>'
        f'<text x="20" y="135" font-size="12" text-anchor="middle" transform="rotate(-90 20 135)">{escape(up)}</text></svg>'
    )
