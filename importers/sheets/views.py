"""/imports/sheets/: upload sheets, look at what they would do, confirm exactly that.

An agency's people bring in their own; the office also those of agencies that cannot come online themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, BinaryIO

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Role
from importers.models import SheetImport
from importers.sheets import uploads
from importers.sheets.applying import take_in
from importers.sheets.forms import SheetsForm, choices_of
from importers.sheets.matching import Outcome, SheetPlan, Step, plan_sheets
from importers.sheets.tables import Extract, Line
from tasks import permissions, workflow
from tasks.columns import FillingLine
from tasks.columns.filling import Trouble
from tasks.filling import filling_lines
from tasks.models import AssignmentRole

View = Callable[..., HttpResponse]
_CHANGED = "核对之后数据有了变化，没有导入。请按现在的内容重新核对。"


def _for_reporters(view: View) -> View:
    """For whoever may bring in some agency's sheet: agencies' people and the office."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not permissions.can_bring_in_sheets(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def _of_open_import(view: View) -> View:
    """What is about one's own import: the view gets it, and whoever comes after its end is told of that."""

    @wraps(view)
    def guarded(request: HttpRequest, pk: int, **kwargs: object) -> HttpResponse:
        found = get_object_or_404(SheetImport.objects.visible_to(request.user), pk=pk)
        if found.ended_at is not None:
            messages.info(request, "这次导入已经结束；需要时请重新上传填报表。")
            return redirect("importers:sheets")
        return view(request, found, **kwargs)

    return _for_reporters(guarded)


def _for_decisions(view: View) -> View:
    """What decides something about it, by POST; whoever opens such an address is led to the preview."""

    @wraps(view)
    def guarded(request: HttpRequest, found: SheetImport) -> HttpResponse:
        return view(request, found) if request.method == "POST" else redirect(found)

    return require_http_methods(["GET", "HEAD", "POST"])(_of_open_import(guarded))


@require_http_methods(["GET", "HEAD", "POST"])
@_for_reporters
def sheets(request: HttpRequest) -> HttpResponse:
    form = SheetsForm(request.POST, request.FILES) if request.method == "POST" else SheetsForm()
    if request.method == "POST" and form.is_valid():
        name, read = uploads.read(form.cleaned_data["files"])
        if read.lines:
            return redirect(uploads.keep(name, read, by=request.user))
        form.add_error("files", _unread(read))
    SheetImport.objects.forgotten(timezone.now()).end(timezone.now())
    pending = SheetImport.objects.visible_to(request.user).unfinished().defer("lines", "problems", "notes")
    context = {"form": form, "pending": pending, **_frame(request)}
    return render(request, "importers/sheets/upload.html", context)


def _unread(read: Extract) -> list[str]:
    """Why there is nothing to look at in what was uploaded, file by file."""
    told = [
        f"“{file}”{f'的工作表“{sheet}”' if sheet else ''}：{words}" for file, sheet, words in read.problems
    ]
    return told or ["没有读到填写的行，请选择从本系统下载、填写好的填报表。"]


@require_safe
@_of_open_import
def sheet_import(request: HttpRequest, found: SheetImport) -> HttpResponse:
    return _preview(request, found, _plan(request, found))


@_for_decisions
def confirmation(request: HttpRequest, found: SheetImport) -> HttpResponse:
    """Takes in what was shown, told by its digest: 409 with a fresh preview where anything has changed."""
    try:
        with transaction.atomic():
            # A second click waits here until the first has written, and then finds nothing to do.
            found = SheetImport.objects.select_for_update().get(pk=found.pk)
            plan = _plan(request, found)
            if not plan.writing:
                return _finished(request, found, plan, "没有需要导入的改动，或已经导入。")
            if request.POST.get("digest") != plan.digest:
                return _preview(request, found, plan, problem=_CHANGED, status=409)
            refused, open_ones = choices_of(request.POST, plan)
            if open_ones:
                words = f"还有 {len(open_ones)} 处冲突没有选择，没有导入。请逐项选择留下哪一边。"
                return _preview(request, found, plan, problem=words, unanswered=open_ones)
            hands_in = request.POST.get("then") == "submission"
            taken = take_in(plan, by=request.user, hands_in=hands_in, refused=refused)
    except workflow.ReportConflict:
        return _preview(request, found, _plan(request, found), problem=_CHANGED, status=409)
    except workflow.Refused as refusal:
        return _preview(request, found, _plan(request, found), problem=f"没有导入：{refusal}")
    drafts = taken.written - taken.handed_in
    told = [f"提交审核 {taken.handed_in} 份"] if taken.handed_in else []
    told += [f"存为草稿 {drafts} 份"] if drafts else []
    words = f"已导入：{'，'.join(told)}。" if told else "按您的选择保留了系统中的内容，没有改动。"
    return _finished(request, found, _plan(request, found), words)


@_for_decisions
def dropping(request: HttpRequest, found: SheetImport) -> HttpResponse:
    SheetImport.objects.filter(pk=found.pk).end(timezone.now())
    messages.success(request, f"“{found.name}”已结束，不再保留其中的内容；已经导入的不受影响。")
    return redirect("importers:sheets")


# Writes a workbook: (file, lines, troubles, now). The exporters' own; the project's addresses bring it here.
Writer = Callable[..., None]
Download = Callable[[Callable[[BinaryIO], None], str], HttpResponse]


@require_safe
@_of_open_import
def corrections(request: HttpRequest, found: SheetImport, write: Writer, download: Download) -> HttpResponse:
    """What could not be taken in, as a workbook to be put right and uploaded again."""
    plan, now = _plan(request, found), timezone.now()
    lines, troubles = _lines_to_correct(request, plan), list(_troubles(found, plan))
    name = f"填报表更正_{timezone.localtime(now):%Y%m%d}.xlsx"
    return download(lambda file: write(file, lines=lines, troubles=troubles, now=now), name)


def _lines_to_correct(request: HttpRequest, plan: SheetPlan) -> list[FillingLine]:
    steps = plan.of(Outcome.FAULTY)
    rows = [(s.task, s.agency, s.period, AssignmentRole(s.role)) for s in steps]
    standings = {(s.task.pk, s.agency.pk, s.period.pk): "需更正" for s in steps}
    return [
        replace(
            line,
            key=step.line.key,
            is_open=True,
            typed=step.line.typed,
            faults={fault.column: fault.words for fault in step.faults if fault.column},
        )
        for line, step in zip(
            filling_lines(rows, reader=request.user, standings=standings), steps, strict=True
        )
    ]


def _troubles(found: SheetImport, plan: SheetPlan) -> list[Trouble]:
    troubles = [Trouble(file, sheet, "", "", "", words) for file, sheet, words in found.problems]
    for step in plan.steps:
        place = step.line.file, step.line.sheet, str(step.line.row)
        if step.outcome == Outcome.DENIED:
            troubles.append(Trouble(*place, "", "", Outcome.DENIED.words))
        for fault in step.faults:
            troubles.append(Trouble(*place, fault.title, fault.value, fault.words))
    return troubles


# --- shared ------------------------------------------------------------------------------------------------


def _plan(request: HttpRequest, found: SheetImport) -> SheetPlan:
    return plan_sheets([Line.load(line) for line in found.lines], by=request.user, now=timezone.now())


@dataclass(frozen=True)
class Group:
    """Rows of one outcome, as the page shows them; of those that are not ours only how many."""

    outcome: Outcome
    steps: list[Step]

    @property
    def is_named(self) -> bool:
        return self.outcome not in (Outcome.DENIED, Outcome.UNKNOWN, Outcome.UNCHANGED)


def _preview(
    request: HttpRequest,
    found: SheetImport,
    plan: SheetPlan,
    *,
    problem: str = "",
    unanswered: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "document": found,
        "plan_of_sheets": plan,
        "groups": [Group(outcome, steps) for outcome, steps in plan.groups],
        "digest": plan.digest,
        "complete": plan.complete,
        "drafts": sum(step.is_own for step in plan.writing),
        "troubles": len(_troubles(found, plan)),
        "problem": problem,
        "unanswered": unanswered or [],
        **_frame(request),
    }
    return render(request, "importers/sheets/preview.html", context, status=status)


def _finished(request: HttpRequest, found: SheetImport, plan: SheetPlan, words: str) -> HttpResponse:
    """Back to where one came from; to the preview where rows wait for being put right."""
    messages.success(request, words)
    if _troubles(found, plan):
        return redirect(found)
    SheetImport.objects.filter(pk=found.pk).end(timezone.now())
    return redirect("tasks:desk" if request.user.role == Role.AGENCY else "importers:sheets")


def _frame(request: HttpRequest) -> dict[str, Any]:
    is_agency = request.user.role == Role.AGENCY
    return {"nav": "desk" if is_agency else "supervision", "is_agency": is_agency}
