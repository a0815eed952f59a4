"""The few tags that templates need: icons, instruments in a text, and dates as people say them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from agencies.sessions import SURE_FOR
from tasks.instruments import INSTRUMENT
from tasks.models.search import fold

register = template.Library()

# Our names for things that have an icon, and lucide's names for the drawings.
ICONS = {
    "agencies": "landmark",
    "accounts": "users-round",
    "alert": "circle-alert",
    "arrow-left": "arrow-left",
    "back": "undo-2",
    "book": "book-text",
    "bookmark": "bookmark",
    "calendar": "calendar",
    "check": "check",
    "chevron-down": "chevron-down",
    "chevron-left": "chevron-left",
    "chevron-right": "chevron-right",
    "chevron-up": "chevron-up",
    "close": "x",
    "columns": "columns-3",
    "dashboard": "layout-dashboard",
    "download": "download",
    "edit": "pencil",
    "export": "file-output",
    "eye": "eye",
    "filter": "list-filter",
    "history": "history",
    "inbox": "inbox",
    "info": "info",
    "key": "key-round",
    "link": "link",
    "list": "list-checks",
    "lock": "lock",
    "moon": "moon",
    "print": "printer",
    "report": "file-chart-column",
    "report-accepted": "circle-check",
    "report-draft": "pencil",
    "report-exempt": "minus",
    "report-missing": "circle-dashed",
    "report-not_yet": "minus",
    "report-returned": "undo-2",
    "report-submitted": "hourglass",
    "receipt": "inbox",
    "bell": "bell",
    "send": "send",
    "clip": "paperclip",
    "file": "file-text",
    "remind": "bell-ring",
    "extend": "calendar-clock",
    "search": "search",
    "selector": "chevrons-up-down",
    "shared": "users-round",
    "sheet": "file-spreadsheet",
    "shield": "shield-alert",
    "sign-out": "log-out",
    "status-adjusted": "arrow-right-left",
    "status-completed": "circle-check",
    "status-continuing": "repeat",
    "status-delayed": "clock-alert",
    "status-in_progress": "contrast",
    "status-not_started": "circle-dashed",
    "sun": "sun",
    "table": "table",
    "ticked": "square-check",
    "unlink": "file-question-mark",
    "upload": "file-up",
    "user": "circle-user-round",
    "wand": "wand-sparkles",
    "warning": "triangle-alert",
}
# Round, triangle, square, dash: each light has a shape of its own.
LIGHTS = {
    "green": '<circle cx="7" cy="7" r="5" fill="currentColor"/>',
    "yellow": '<path d="M7 1.2 13.4 12.6H.6Z" fill="currentColor"/>'
    '<path d="M7 5v3.6M7 10.6v.2" stroke="var(--pt-surface)" stroke-width="1.5" stroke-linecap="round"/>',
    "red": '<rect x="1" y="1" width="12" height="12" rx="2" fill="currentColor"/>'
    '<path d="M7 3.8v3.7M7 10v.2" stroke="var(--pt-surface)" stroke-width="1.7" stroke-linecap="round"/>',
    "grey": '<path d="M3 7h8" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>',
}
_WRAPPER = re.compile(r"^\s*<svg[^>]*>|</svg>\s*$")


@register.simple_tag
@cache
def icon(name: str, size: int = 0) -> SafeString:
    """A drawing from the page's sprite. Words beside it say the same, so screen readers skip it."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"no icon is called {name!r}")
    shape = f"i i-{size}" if size else "i"
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', shape, name)


@register.simple_tag
@cache
def status_icon(status: str) -> SafeString:
    return icon(f"status-{status}")


@register.simple_tag
@cache
def report_icon(standing: str) -> SafeString:
    return icon(f"report-{standing}")


# By the kind of its event; any other shows the bell.
_NOTICE_ICONS = {
    "plan.reminded": "remind",
    "report.submitted": "report-submitted",
    "report.accepted": "report-accepted",
    "report.returned": "report-returned",
    "task.assigned": "agencies",
    "task.disputed": "alert",
    "task.answered": "receipt",
    "task.extension_asked": "extend",
    "task.extension_granted": "extend",
    "task.extension_refused": "extend",
}


@register.simple_tag
@cache
def notice_icon(kind: str) -> SafeString:
    return icon(_NOTICE_ICONS.get(kind, "bell"))


@register.simple_tag
def idle_limit() -> int:
    """After so many seconds without a sign of a person the session may be over."""
    return SURE_FOR


@register.simple_tag
def icon_sprite() -> SafeString:
    """All drawings once a page, for `icon` to point to."""
    return _sprite()


@cache
def _sprite() -> SafeString:
    symbols = [_symbol(f"i-{name}", 24, _WRAPPER.sub("", lucide(drawing))) for name, drawing in ICONS.items()]
    symbols += [_symbol(f"light-{name}", 14, shapes) for name, shapes in LIGHTS.items()]
    # Made of the icon package's drawings and our own alone; nothing a user typed comes near it.
    return mark_safe(f'<svg class="sprite" aria-hidden="true">{"".join(symbols)}</svg>')  # noqa: S308


def _symbol(key: str, side: int, shapes: str) -> str:
    return f'<symbol id="{key}" viewBox="0 0 {side} {side}">{shapes}</symbol>'


@register.simple_tag
@cache
def light_icon(light: str) -> SafeString:
    """The light's own shape: colour alone never carries a meaning."""
    return format_html('<svg viewBox="0 0 14 14" aria-hidden="true"><use href="#light-{}"/></svg>', light)


@register.filter
def by_words(heading: object) -> SafeString:
    """A heading for a narrow place (class by-words): it may break beside 知识产权, which is in nearly all of
    them, and after a sign, but not inside a word."""
    pieces = re.split("(知识产权)", str(heading))
    return mark_safe("<wbr>".join(conditional_escape(piece) for piece in pieces if piece))  # noqa: S308


@register.filter
def instruments(text: str, mentions: Mapping[str, int] | None = None) -> SafeString:
    """A task's text with every 《…》 a link to all tasks that name it; `mentions` says how many those are."""
    return _linked(text, mentions, ())


@register.simple_tag
def marked_instruments(
    text: str, words: Sequence[str], mentions: Mapping[str, int] | None = None
) -> SafeString:
    """`instruments` with a search's words marked: `{% marked_instruments task.text words mentions %}`."""
    return _linked(text, mentions, _spans(text, words))


@register.filter
def marked(text: str, words: Sequence[str]) -> SafeString:
    """The text with every place in <mark> where one of the words stands; words folded as the search folds."""
    return _pieces(text, 0, len(text), _spans(text, words))


Span = tuple[int, int]


def _spans(text: str, words: Sequence[str]) -> list[Span]:
    """Where the words stand in the text, in order; places that touch or overlap are one."""
    if not words:
        return []
    folded = fold(text)
    # A sign may become two (ß, ss): then the places are counted back to the text's own.
    places = None if len(folded) == len(text) else [at for at, sign in enumerate(text) for _ in fold(sign)]
    found = sorted(
        (hit.start(), hit.start() + len(word))
        for word in words
        if word
        for hit in re.finditer(f"(?={re.escape(word)})", folded)
    )
    spans: list[Span] = []
    for start, end in found:
        if places:
            start, end = places[start], places[end - 1] + 1
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans


def _pieces(text: str, start: int, end: int, spans: Sequence[Span]) -> SafeString:
    """This part of the text, escaped, with the spans of the whole text marked as far as they lie in it."""
    parts = []
    for first, last in spans:
        first, last = max(first, start), min(last, end)
        if first < last:
            parts += [conditional_escape(text[start:first]), format_html("<mark>{}</mark>", text[first:last])]
            start = last
    return format_html_join("", "{}", ((part,) for part in (*parts, conditional_escape(text[start:end]))))


def _linked(text: str, mentions: Mapping[str, int] | None, spans: Sequence[Span]) -> SafeString:
    parts = []
    end = 0
    for found in INSTRUMENT.finditer(text):
        parts.append(_pieces(text, end, found.start(), spans))
        address = f"{reverse('tasks:ledger')}?{urlencode({'q': found[0]})}"
        told = format_html(' title="{} 项任务提到"', mentions[found[0]]) if mentions else ""
        title = _pieces(text, found.start(), found.end(), spans)
        parts.append(format_html('<a class="pt-in" href="{}"{}>{}</a>', address, told, title))
        end = found.end()
    parts.append(_pieces(text, end, len(text), spans))
    return format_html_join("", "{}", ((part,) for part in parts))


@register.filter
def day(moment: date | datetime | None) -> str:
    """07-20 in the current year, 2024-07-20 in any other."""
    if moment is None:
        return "—"
    on = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    return f"{on:%m-%d}" if on.year == timezone.localdate().year else f"{on:%Y-%m-%d}"


@register.filter
def minute(moment: datetime) -> str:
    return f"{day(moment)} {timezone.localtime(moment):%H:%M}"


@register.filter
def role_for(task, agency):
    """牵头 or 参与 as the agency's own list marks it."""
    return task.role_of(agency)


@register.filter
def page_for(agency, user) -> str:
    """An agency's page where `user` may open it, else nothing. Twin: AgencyQuerySet.visible_to."""
    return reverse("tasks:agency", args=[agency.pk]) if user.sees_everything or agency == user.agency else ""


def fitting(names: Sequence[str]) -> int:
    """How many of the names stand side by side in the column of participants; the others are folded into one
    piece, which takes room itself. Measured in Chromium: 176 pixels, a name 16 and 13 a sign, "+10 家" 53.
    """
    room = 9 if len(names) <= 2 else 6
    return 2 if sum([len(name) for name in names[:2]]) <= room else 1


@register.simple_tag
def folded_participants(task, mine=None) -> dict[str, list]:
    """The participants a row shows by name (the reader's own agency first), and those it folds into +n."""
    names = sorted(task.participants, key=lambda agency: agency != mine)
    shown = fitting([agency.name for agency in names])
    return {"shown": names[:shown], "folded": names[shown:]}
