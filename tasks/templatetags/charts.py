"""The geometry of charts: shares, places and lengths, computed here so that templates only draw.

Lengths are given in per cent of the drawing, so that a chart fits every width without a script. All are
strings: a number would be written as the language of the page writes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from django import template

register = template.Library()

HEAT_LEVELS = 5
# Widths in pixels of a stacked bar on a phone and in a narrow window, and of what a figure in it needs.
NARROW, WIDE = 330, 430
_DIGIT, _PADDING = 7.5, 3.5


@dataclass(frozen=True)
class Figure:
    """A number of tasks, and where exactly these tasks are listed."""

    count: int
    href: str
    label: str = ""
    kind: str = ""  # a status or a light: its colour


@dataclass(frozen=True)
class Segment:
    """One piece of a stacked bar."""

    figure: Figure
    x: str
    width: str
    middle: str
    fits: str  # where its number may be written: "always", "wide" or nowhere ("")


@dataclass(frozen=True)
class Arc:
    """One piece of a ring whose circumference is 100."""

    figure: Figure
    dash: str
    offset: str
    turn: str  # degrees from the top to where it begins


@register.filter
def percent(part: float, whole: float) -> str:
    """How much of `whole`, for an attribute: 12.5%."""
    return f"{_share(part, whole):.2f}%"


@register.filter
def rest_percent(part: float, whole: float) -> str:
    """What is left of `whole`: where a bar that stands on the ground begins."""
    return f"{100 - _share(part, whole):.2f}%"


@register.filter
def rate(share: float | None, places: int = 0) -> str:
    """A share of up to 1 as people read it: 15.5%; a dash where there is none."""
    return "—" if share is None else f"{100 * share:.{places}f}%"


@register.filter
def part_of(part: float, whole: float) -> str:
    """A part as people read it: 15.5%."""
    return rate(part / whole if whole else None, 1)


@register.filter
def heat_level(share: float | None) -> int:
    """1 to 5 for a share of up to 1; 0, no heat, for None."""
    return 0 if share is None else min(max(ceil(share * HEAT_LEVELS), 1), HEAT_LEVELS)


@register.simple_tag
def bar_segments(figures: Iterable[Figure], whole: int) -> list[Segment]:
    """The pieces of a bar as long as its figures' share of `whole`; those of nought are left out."""
    segments = []
    x = 0.0
    for figure in figures:
        if not figure.count:
            continue
        width = _share(figure.count, whole)
        needed = len(str(figure.count)) * _DIGIT + _PADDING
        fits = "always" if width * NARROW >= needed * 100 else "wide" if width * WIDE >= needed * 100 else ""
        segments.append(Segment(figure, f"{x:.2f}%", f"{width:.2f}%", f"{x + width / 2:.2f}%", fits))
        x += width
    return segments


@register.simple_tag
def ring_arcs(figures: Sequence[Figure]) -> list[Arc]:
    """The pieces of a ring, clockwise; those of nought are left out."""
    whole = sum(figure.count for figure in figures)
    arcs = []
    start = 0.0
    for figure in figures:
        if figure.count:
            length = _share(figure.count, whole)
            arcs.append(
                Arc(figure, f"{length:.2f} {100 - length:.2f}", f"{-start:.2f}", f"{3.6 * start:.2f}")
            )
            start += length
    return arcs


def _share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0
