"""In which order a list stands, and in which groups."""

from typing import Any

from django.db import models
from django.db.models import F

from tasks import search
from tasks.models.task import TaskQuerySet

_PLAN_ORDER = search.NEWEST_FIRST
# Offered where words are searched, and then the order that is not asked for.
RELEVANCE = "relevance"
SORTS: dict[str, tuple[str, Any]] = {
    RELEVANCE: ("按相关度", RELEVANCE),
    "number": ("按序号", "number"),
    "-number": ("按序号（倒序）", "-number"),
    "progress": ("进度由低到高", "progress_now"),
    "-progress": ("进度由高到低", "-progress_now"),
    "due": ("节点由近到远", "deadline_on"),
    "-due": ("节点由远到近", "-deadline_on"),
    "-updated": ("最近更新在前", "-updated_now"),
    "updated": ("最久未更新在前", "updated_now"),
}
DEFAULT_SORT = "number"


class Grouping(models.TextChoices):
    SECTION = "section", "按节"
    LEAD = "lead", "按牵头单位"
    NONE = "none", "不分组"


_GROUP_ORDER: dict[str, tuple[Any, ...]] = {
    Grouping.SECTION: (
        *_PLAN_ORDER,
        "section__chapter__number",
        F("section__number").asc(nulls_first=True),
        "section",
    ),
    # Tasks that name no leading agency come last.
    Grouping.LEAD: (F("lead_position").asc(nulls_last=True), F("lead_key").asc(nulls_last=True)),
}


def ordered(tasks: TaskQuerySet, sort: str) -> TaskQuerySet:
    """By one of `SORTS`, but by relevance, which is the search's."""
    field = SORTS[sort][1]
    if field.endswith("number"):
        return tasks.order_by(*_PLAN_ORDER, field)
    return tasks.order_by(field, *_PLAN_ORDER, F("number"))


def grouped(tasks: TaskQuerySet, grouping: Grouping, sort: str) -> TaskQuerySet:
    """The ordered tasks of a group together, the groups in their own order."""
    if grouping == Grouping.LEAD:
        tasks = tasks.with_lead()
    if grouping == Grouping.NONE or (grouping == Grouping.SECTION and sort == DEFAULT_SORT):
        return tasks  # the numbers of a plan run through its sections
    return tasks.order_by(*_GROUP_ORDER[grouping], *tasks.query.order_by)
