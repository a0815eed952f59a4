"""催办: what would be asked of whom, asking it, and the log of what was asked and how it reached them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Agency, Role, User
from tasks import letters, permissions, workflow
from tasks.context import named_plan
from tasks.models import AssignmentRole, Letter, LetterState, Reminder, ReminderKind, ReportingPeriod
from tasks.reporting import Owed
from tasks.views.reminder_selection import Selection, selection
from tasks.views.shared import way_back

PAGE_SIZES = (20, 50, 100)
# Seconds a click waits for the mail server at most; the rest goes with the next run of the command.
PATIENCE, TIME_FOR_ALL = 5, 10


class NoteForm(forms.Form):
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=workflow.LONGEST_NOTE,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3, "aria-describedby": "note-hint"}),
        error_messages={"max_length": "说明最多 %(limit_value)d 字，现有 %(show_value)d 字，请精简"},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_reminder(request: HttpRequest) -> HttpResponse:
    """What would be asked of whom: for ?task= (one or more), for all that a ledger's ?query= lists, for
    everybody who owes in ?plan=&period=, or for a posted selection of `owed` values "task:agency:period".
    Sent with the digest of what it showed, it asks.
    """
    chosen = selection(request, request.POST if request.method == "POST" else request.GET)
    if not permissions.can_supervise(request.user):
        raise PermissionDenied
    now = timezone.now()
    proposal = _proposal(chosen, now)
    is_sent = request.method == "POST" and "digest" in request.POST
    form = NoteForm(request.POST if is_sent else None, initial={"note": request.POST.get("note", "")})
    has_changed = is_sent and request.POST["digest"] != proposal.digest
    if not is_sent or has_changed or not form.is_valid():
        context = {
            "nav": "supervision",
            "proposal": proposal,
            "form": form,
            "has_changed": has_changed,
            "sends_mail": settings.SENDS_MAIL,
            "back": way_back(request, reverse("tasks:reminders")),
        }
        return render(request, "reminders/new.html", context, status=409 if has_changed else 200)
    done = workflow.remind(
        [one.key for one in chosen.owed], by=request.user, note=form.cleaned_data["note"], at=now
    )
    _tell(request, done)
    return redirect(way_back(request, reverse("tasks:reminders")))


# --- what would be sent -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """What one agency would be asked for in one period, and how it would hear of it."""

    agency: Agency
    period: ReportingPeriod
    owed: Sequence[Owed]
    emails: int
    has_account: bool
    is_mailed_today: bool
    last: datetime | None
    repeated: int  # of these, what was asked for minutes ago and will not be asked again

    @property
    def by_role(self) -> list[tuple[AssignmentRole, list[Owed]]]:
        parts = [(role, [one for one in self.owed if one.role == role]) for role in AssignmentRole]
        return [(role, owed) for role, owed in parts if owed]

    @property
    def days_left(self) -> int:
        return self.owed[0].days_left

    @property
    def days_late(self) -> int:
        return -self.days_left


@dataclass(frozen=True)
class Proposal:
    lines: Sequence[Line]
    fields: Sequence[tuple[str, str]]
    settled: int
    refusal: str
    digest: str

    @property
    def items(self) -> int:
        return sum(len(line.owed) - line.repeated for line in self.lines)

    @property
    def agencies(self) -> int:
        return len({line.agency for line in self.lines if len(line.owed) > line.repeated})

    @property
    def without_email(self) -> int:
        return len({line.agency for line in self.lines if not line.emails})


def _proposal(chosen: Selection, now: datetime) -> Proposal:
    """5 queries for however many agencies."""
    concerned = {one.agency for one in chosen.owed}
    addresses = letters.addresses_of(concerned)
    staffed = set(
        User.objects.filter(role=Role.AGENCY, is_active=True, agency__in=concerned).values_list(
            "agency", flat=True
        )
    )
    mailed = set(
        Letter.objects.filter(on=timezone.localdate(now), state=LetterState.SENT).values_list(
            "agency", flat=True
        )
    )
    lately = workflow.lately_asked(now)
    last = _last_urged(concerned)
    lines = [
        Line(
            agency=agency,
            period=period,
            owed=ones,
            emails=len(addresses.get(agency.pk, ())),
            has_account=agency.pk in staffed,
            is_mailed_today=agency.pk in mailed,
            last=last.get((agency.pk, period.pk)),
            repeated=sum(one.key in lately for one in ones),
        )
        for agency, period, ones in _grouped(chosen.owed)
    ]
    shown = sorted(one.key for one in chosen.owed), sorted(addresses.items())
    digest = hashlib.sha256(repr(shown).encode()).hexdigest()
    return Proposal(lines, chosen.fields, chosen.settled, chosen.refusal, digest)


def _grouped(owed: Iterable[Owed]) -> list[tuple[Agency, ReportingPeriod, list[Owed]]]:
    def whose(one: Owed) -> tuple[int, int, int, int]:
        return one.agency.position, one.agency.pk, one.task.plan_id, one.period.due_on.toordinal()

    ordered = sorted(owed, key=lambda one: (*whose(one), one.task.number))
    groups = [list(ones) for _, ones in groupby(ordered, key=whose)]
    return [(ones[0].agency, ones[0].period, ones) for ones in groups]


def _last_urged(agencies: Iterable[Agency]) -> Mapping[tuple[int, int], datetime]:
    urged = Reminder.objects.filter(agency__in=list(agencies), kind=ReminderKind.URGED).order_by("at")
    return {(agency, period): at for agency, period, at in urged.values_list("agency", "period", "at")}


# --- what came of it ----------------------------------------------------------------------------------


def _tell(request: HttpRequest, done: workflow.Reminded) -> None:
    left_out = []
    if done.repeated:
        left_out.append(f"{len(done.repeated)} 项在 10 分钟内刚催办过，没有重复发出")
    if done.settled:
        left_out.append(f"{len(done.settled)} 项已报送或不需报送，没有催办")
    if not done.made:
        messages.warning(request, f"没有发出催办：{'；'.join(left_out) or '所选各项都不欠报'}。")
        return
    agencies = {reminder.agency for reminder in done.made}
    news = [f"已催办 {len(agencies)} 家单位，共 {len(done.asked)} 项", *left_out]
    mailed, trouble = _mail(sorted(agencies, key=lambda agency: (agency.position, agency.pk)))
    messages.success(request, "；".join(news + mailed) + "。")
    if trouble:
        messages.warning(request, f"{trouble}。提示已在系统内，邮件由系统定时补发。")


def _mail(agencies: Sequence[Agency]) -> tuple[list[str], str]:
    """One attempt at once, so that most letters leave with the click: what to say of it, what went wrong."""
    outcomes: list[letters.Outcome] = []
    trouble = ""
    try:
        for outcome in letters.deliver(agencies, timeout=PATIENCE, budget=TIME_FOR_ALL):
            outcomes.append(outcome)
    except letters.NotConfigured:
        return ["只在系统内提示"], ""
    except letters.Unreachable as reason:
        trouble = f"邮件暂未发出：{reason}"
    by_state = {state: [one for one in outcomes if one.state == state] for state in LetterState}
    if failed := by_state[LetterState.FAILED]:
        trouble = f"{len(failed)} 家单位的邮件未发出：{failed[0].words}"
    said = []
    if sent := by_state[LetterState.SENT]:
        said.append(f"邮件已发 {len(sent)} 家")
    if unknown := by_state[LetterState.WAITING]:
        said.append(f"{len(unknown)} 家没有登记邮箱，只在系统内提示")
    rest = len(agencies) - len(outcomes)
    if rest and not trouble:
        said.append(f"{rest} 家的邮件由系统定时发出，每家每天最多一封")
    return said, trouble


# --- the log ------------------------------------------------------------------------------------------

SHOWN = {"": "全部", **dict(ReminderKind.choices), "unmailed": "未随邮件发出"}


@dataclass(frozen=True)
class Logged:
    """A reminder and what became of its letter: a word for the style, and the sentence."""

    reminder: Reminder
    mail: str
    words: str
    detail: str = ""


@require_safe
def reminders(request: HttpRequest) -> HttpResponse:
    """What was sent when to whom by whom, newest first, and whether a letter carried it. For those who see
    everything.
    """
    if not request.user.sees_everything:
        raise Http404
    plan = named_plan(request)
    kind = request.GET.get("kind", "")
    found = Reminder.objects.visible_to(request.user).filter(plan=plan)
    if kind == "unmailed":
        found = found.unmailed()
    elif kind in ReminderKind.values:
        found = found.filter(kind=kind)
    size = request.GET.get("per_page", "")
    pages = Paginator(found.for_log(), int(size) if size in map(str, PAGE_SIZES) else PAGE_SIZES[0])
    page = pages.get_page(request.GET.get("page"))
    context = {
        "nav": "supervision",
        "plan": plan,
        "kind": kind if kind in SHOWN else "",
        "shown": SHOWN.items(),
        "page": page,
        "pages": pages.get_elided_page_range(page.number),
        "page_sizes": PAGE_SIZES,
        "rows": _logged(list(page)),
        "can_supervise": permissions.can_supervise(request.user),
    }
    return render(request, "reminders/page.html", context)


def _logged(found: Sequence[Reminder]) -> list[Logged]:
    addresses = letters.addresses_of({reminder.agency_id for reminder in found})
    return [_with_mail(reminder, has_address=reminder.agency_id in addresses) for reminder in found]


def _with_mail(reminder: Reminder, *, has_address: bool) -> Logged:
    letter = reminder.letter
    if letter and letter.state == LetterState.SENT:
        addressed = f"发至 {len(letter.recipients)} 个邮箱"
        return Logged(reminder, "sent", "邮件已发", "；".join(filter(None, (addressed, letter.failure))))
    if reminder.settled_at:
        return Logged(reminder, "settled", "不必发信", "发信前已全部报送")
    if letter and letter.state == LetterState.FAILED:
        return Logged(
            reminder, "failed", "邮件未发出", f"{letter.failure}；已试 {letter.attempts} 次，将再试"
        )
    if not settings.SENDS_MAIL:
        return Logged(reminder, "none", "系统内提示", "没有配置发信服务器")
    if not has_address:
        return Logged(reminder, "none", "系统内提示", "没有登记邮箱")
    return Logged(reminder, "waiting", "邮件待发")
