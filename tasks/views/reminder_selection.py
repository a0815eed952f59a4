"""What somebody wants to ask for: tasks, all of a ledger's list, a period, or single reports."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from tasks.context import plans
from tasks.filters import LedgerFilter
from tasks.models import Day, Plan, Task
from tasks.reporting import Owed, OwedKey, PlanReports, missing, missing_of, reports_of, reports_of_plans

# What each of them owes is counted in memory.
TASKS_AT_ONCE = 1000


@dataclass(frozen=True)
class Selection:
    """Reports that somebody wants to ask for and that are missing; `fields` name the same once more."""

    owed: Sequence[Owed] = ()
    fields: Sequence[tuple[str, str]] = ()
    settled: int = 0  # chosen, and not owed any more
    refusal: str = ""  # why these cannot be asked for together


def selection(request: HttpRequest, data: QueryDict) -> Selection:
    """404 for a task or a plan that the person does not see."""
    if "owed" in data:
        return _of_reports(request, _keys(data.getlist("owed")))
    if "task" in data:
        return _of_ticked(request, _numbers(data.getlist("task")))
    if "query" in data:
        return _of_list(request, data["query"])
    if "plan" in data:
        plan = next((one for one in plans(request).all if str(one.pk) == data["plan"]), None)
        if plan is None:
            raise Http404
        visible = Task.objects.visible_to(request.user)
        return _of_period(plan, data.get("period", ""), reports_of(plan, visible, day=_today()))
    return Selection()


def _of_reports(request: HttpRequest, keys: set[OwedKey]) -> Selection:
    visible = Task.objects.visible_to(request.user)
    allowed = set(visible.filter(pk__in={task for task, _, _ in keys}).values_list("pk", flat=True))
    found = missing_of((key for key in keys if key[0] in allowed), day=_today())
    # As one value: there may be more of them than a form may have fields.
    value = " ".join(":".join(map(str, key)) for key in sorted(keys))
    return Selection(list(found.values()), [("owed", value)], settled=len(keys) - len(found))


def _of_ticked(request: HttpRequest, keys: set[int]) -> Selection:
    if len(keys) > TASKS_AT_ONCE:
        return Selection(refusal=_too_many(len(keys)))
    fields = [("task", " ".join(map(str, sorted(keys))))]
    return _of_tasks(request, keys, fields)


def _of_list(request: HttpRequest, query: str) -> Selection:
    """All tasks under a ledger's conditions, which are found anew each time."""
    fields = [("query", query)]
    found = LedgerFilter(QueryDict(query), user=request.user, today=timezone.localdate())
    if not found.is_valid():
        return Selection((), fields, refusal="筛选条件无法识别：" + "；".join(found.complaints()))
    if found.day.is_past:
        return Selection((), fields, refusal="以往日期的情况只供查阅，不能催办。请回到今天再选择。")
    tasks = found.narrowed().order_by("pk")
    keys = set(tasks.values_list("pk", flat=True)[: TASKS_AT_ONCE + 1])
    if len(keys) > TASKS_AT_ONCE:
        return Selection((), fields, refusal=_too_many(tasks.count()))
    return _of_tasks(request, keys, fields)


def _of_tasks(request: HttpRequest, keys: Collection[int], fields: list[tuple[str, str]]) -> Selection:
    chosen = Task.objects.visible_to(request.user).filter(pk__in=keys)
    by_task = dict(chosen.values_list("pk", "plan"))
    if len(by_task) < len(keys):
        raise Http404
    concerned = [plan for plan in plans(request).all if plan.pk in by_task.values()]
    owed = [one for reports in reports_of_plans(concerned, chosen, day=_today()) for one in missing(reports)]
    settled = len(keys) - len({one.task.pk for one in owed})
    return Selection(owed, fields, settled=settled if len(keys) > 1 else 0)


def _of_period(plan: Plan, period: str, reports: PlanReports) -> Selection:
    """Everybody who owes in one period, or in any that has opened where none is named."""
    owed = list(missing(reports))
    fields = [("plan", str(plan.pk))]
    if period:
        if period not in {str(one.pk) for one in reports.periods}:
            raise Http404
        owed = [one for one in owed if str(one.period.pk) == period]
        fields.append(("period", period))
    return Selection(owed, fields)


def _too_many(number: int) -> str:
    return f"一次最多催办 {TASKS_AT_ONCE} 项任务，现选中 {number} 项，请先缩小筛选范围。"


def _today() -> Day:
    return Day(timezone.localdate())


_KEY = re.compile(r"([0-9]{1,12}):([0-9]{1,12}):([0-9]{1,12})")


def _keys(values: list[str]) -> set[OwedKey]:
    found = [_KEY.fullmatch(word) for word in re.split(r"[\s,]+", " ".join(values)) if word]
    if not all(found):
        raise BadRequest("owed")
    return {(int(match[1]), int(match[2]), int(match[3])) for match in found if match}


def _numbers(values: list[str]) -> set[int]:
    """Keys of tasks, several in one value with blanks between them."""
    found = " ".join(values).split()
    if not found or not all(re.fullmatch(r"[0-9]{1,12}", word) for word in found):
        raise Http404
    return {int(word) for word in found}
