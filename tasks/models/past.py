"""How tasks stood on a day that is over, told by their events: nothing is stored twice."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Subquery, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.db.models.query import ModelIterable

from tasks.models.day import Day

if TYPE_CHECKING:
    from tasks.models.task import Task, TaskQuerySet

# The name in queries, and the field whose changes the events keep.
_REMEMBERED = {"status": "status", "progress": "progress", "due": "due_on", "reason": "status_reason"}


def as_they_stood(tasks: "TaskQuerySet", day: Day) -> "TaskQuerySet":
    """Those of the tasks that there were on `day`, with `status_now`, `progress_now`, `due_now`, `reason_now`
    and `updated_now` as they stood then; rows carry these in their own fields."""
    changed_later = events_of_task(at__gte=day.ended_at)
    found = tasks.exclude(Exists(changed_later.filter(kind="task.created"))).annotate(
        **{
            f"{name}_now": _stood(tasks.model._meta.get_field(field), changed_later)
            for name, field in _REMEMBERED.items()
        },
        updated_now=Coalesce(_last_change(events_of_task(at__lt=day.ended_at)), "updated_at"),
    )
    found._iterable_class = _AsTheyStood
    return found


def events_of_task(**conditions) -> models.QuerySet:
    """For subqueries over tasks. By its name: events speak of tasks, not tasks of events."""
    return apps.get_model("tasks", "Event").objects.filter(task=OuterRef("pk"), **conditions)


class _AsTheyStood(ModelIterable):
    """Tasks that carry the values of the day asked for in their own fields."""

    def __iter__(self) -> Iterator["Task"]:
        for task in super().__iter__():
            for name, field in (*_REMEMBERED.items(), ("updated", "updated_at")):
                setattr(task, field, getattr(task, f"{name}_now"))
            yield task


def _stood(column: models.Field, changed_later: models.QuerySet) -> Case:
    """What the first later change of the field found; what stands today where nobody changed it since."""
    of_it = changed_later.filter(before__has_key=column.name).order_by("at", "pk")
    kept = Subquery(of_it.values(kept=KT(f"before__{column.name}"))[:1])
    return Case(
        When(Exists(of_it), then=Cast(kept, column)), default=F(column.name), output_field=type(column)()
    )


def _last_change(events: models.QuerySet) -> Subquery:
    return Subquery(events.order_by("-at").values("at")[:1])
