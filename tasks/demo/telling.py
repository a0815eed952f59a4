"""Telling the story: each deed in its order, through the workflow."""

from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from agencies.models import User
from tasks.demo.deeds import Deed, Stage
from tasks.demo.story import story
from tasks.demo.workdays import BEIJING, MonthDay
from tasks.models import Assignment, Event, EventKind, Notice, Plan

# A plan with nothing but these has no history yet.
_OF_IMPORTS = (
    EventKind.PLAN_IMPORTED,
    EventKind.PLAN_CORRECTED,
    EventKind.TASK_CREATED,
    EventKind.TASK_CORRECTED,
)
# Until then everybody has read what they were told; what came later lies unread.
_READ_UNTIL: MonthDay = (12, 25)


def plans_without_history() -> QuerySet[Plan]:
    return Plan.objects.exclude(pk__in=Event.objects.exclude(kind__in=_OF_IMPORTS).values("plan"))


@transaction.atomic
def tell_history(plan: Plan, *, by: User) -> int:
    """Write the plan's made-up history in the order of time; `by` is the office. Returns its length."""
    stage = Stage(plan, by)
    deeds = _deeds(plan, stage)
    for deed in deeds:
        deed.do(stage)
    _read_notices(plan)
    return len(deeds)


def history(plan: Plan, *, by: User) -> list[Deed]:
    """What would be written, in the order of time."""
    return _deeds(plan, Stage(plan, by))


def _deeds(plan: Plan, stage: Stage) -> list[Deed]:
    assignments = Prefetch("assignments", Assignment.objects.select_related("agency").order_by("position"))
    return story(plan, plan.tasks.select_related("plan").prefetch_related(assignments), stage.accounts.keys())


def _read_notices(plan: Plan) -> None:
    until = datetime.combine(date(plan.last_year, *_READ_UNTIL), time(0), BEIJING)
    told = list(Notice.objects.filter(event__plan=plan, event__at__lt=until).select_related("event"))
    for notice in told:
        notice.read_at = notice.event.at
    # Not by a subquery: PostgreSQL knows nothing yet of what this transaction has written, and planned that
    # as a search of all events for each notice; it took from some seconds to a quarter of an hour.
    Notice.objects.bulk_update(told, ["read_at"], batch_size=500)
