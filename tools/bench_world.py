"""The worlds that `./dev bench` measures: both real plans with their demo year, then copies of them.

A copy keeps a plan's chapters, sections, agencies and sentences; its year, the order of each task's sentences
and its statuses differ. So a word stands in the same share of the tasks at every size (地理标志 in 6 of 249).
Rows go in by the thousand and past the workflow, which would take an hour; each task has its events.
"""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction

from agencies.models import User
from tasks import search
from tasks.demo import BEIJING, MARK
from tasks.models import Assignment, Chapter, Event, EventKind, Plan, Section, Status, Task

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
FIRST_YEAR, LAST_YEAR = 2004, 2024
# How a hundred tasks of a copy stand.
SHARES = {
    Status.COMPLETED: 70,
    Status.IN_PROGRESS: 12,
    Status.CONTINUING: 8,
    Status.DELAYED: 5,
    Status.ADJUSTED: 3,
    Status.NOT_STARTED: 2,
}
_PLANS_AT_ONCE = 40


def load_real() -> None:
    """An empty database becomes the demo world: 249 tasks."""
    call_command("migrate", verbosity=0)
    with open("/dev/null", "w") as silent:
        call_command("load_agencies", FIXTURES / "agencies.json", stdout=silent)
        plans = [FIXTURES / "plans" / name for name in ("2023.txt", "2024.txt")]
        call_command("import_plan", *plans, as_issued=True, stdout=silent)
        call_command("load_demo", stdout=silent)


def grow(size: int) -> None:
    """Copy plans, the last of them in part, until there are `size` tasks."""
    originals = [Original.of(plan) for plan in Plan.objects.order_by("pk")[:2]]
    office = User.objects.get(username="office")
    missing = size - Task.objects.count()
    serial = Plan.objects.count() - len(originals)
    while missing > 0:
        with transaction.atomic():
            for _ in range(_PLANS_AT_ONCE):
                if missing > 0:
                    serial += 1
                    missing -= copy(originals[serial % len(originals)], serial, at_most=missing, by=office)


def settle() -> None:
    """A database in service: its statistics are fresh, no write is due."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("ANALYZE")  # as every import does
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(frozen=True)
class Original:
    """A real plan, read once."""

    plan: Plan
    chapters: list[Chapter]
    tasks: list[Task]

    @classmethod
    def of(cls, plan: Plan) -> "Original":
        tasks = plan.tasks.order_by("number").prefetch_related("assignments__agency")
        return cls(plan, list(plan.chapters.prefetch_related("sections")), list(tasks))


def copy(original: Original, serial: int, *, at_most: int, by: User) -> int:
    """The `serial`-th copy of a plan, of another year. Returns how many tasks it has."""
    year = FIRST_YEAR + serial % (LAST_YEAR - FIRST_YEAR + 1)
    dice = random.Random(serial)  # noqa: S311 - the same world every time, no secret
    begin = datetime.combine(date(year, 1, 15), time(9), BEIJING)
    plan = _another(
        original.plan,
        title=f"{year}年知识产权强国建设推进计划（第{serial}册）",
        first_year=year,
        last_year=year,
        due_on=date(year, 12, 31),
        document_number="",
        source_digest="",
    )
    plan.save()
    Event.record(plan, EventKind.PLAN_IMPORTED, by=by, at=begin)
    sections = _copy_outline(original, plan)

    sources = original.tasks[:at_most]
    tasks, events = [], []
    for source in sources:
        task = _another(
            source, plan=plan, section=sections[source.section_id], text=varied(source.text, year, serial)
        )
        tasks.append(task)
        events += _history(task, begin, dice, by)
    Task.objects.bulk_create(tasks)
    Event.objects.bulk_create(events)
    Assignment.objects.bulk_create(
        _another(assignment, task=task)
        for source, task in zip(sources, tasks, strict=True)
        for assignment in source.assignments.all()
    )
    search.index(tasks)
    return len(tasks)


def _another(row: Any, **facts: Any) -> Any:
    """A row like this one that is not in the database yet."""
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    twin = type(row)(**kept | {"id": None})
    for name, value in facts.items():
        setattr(twin, name, value)
    return twin


def _copy_outline(original: Original, plan: Plan) -> dict[int, Section]:
    """The new sections by the keys of those they are copies of."""
    chapters = [_another(chapter, plan=plan) for chapter in original.chapters]
    Chapter.objects.bulk_create(chapters)
    sections = {
        section.pk: _another(section, chapter=chapter)
        for source, chapter in zip(original.chapters, chapters, strict=True)
        for section in source.sections.all()
    }
    Section.objects.bulk_create(sections.values())
    return sections


def varied(text: str, year: int, serial: int) -> str:
    """The same sentences in another order, with another year in them."""
    sentences = re.findall(r"[^。；]+[。；]?", re.sub(r"20\d\d(?=年)", str(year), text))
    first = serial % len(sentences)
    return "".join(sentences[first:] + sentences[:first])


def _history(task: Task, begin: datetime, dice: random.Random, by: User) -> Iterator[Event]:
    """The task's events; it is left as the last of them says."""
    (outcome,) = dice.choices(list(SHARES), weights=SHARES.values())
    told = {"status": Status.NOT_STARTED, "progress": 0, "status_reason": ""}
    yield _event(task, EventKind.TASK_CREATED, begin, by, {}, {**told, "number": task.number})
    task.updated_at, task.version = begin, 1
    for status in _way(outcome):
        before = told
        task.updated_at += timedelta(days=dice.randrange(1, 160), minutes=dice.randrange(480))
        task.version += 1
        told = {
            "status": status,
            "progress": _progress(status, dice),
            "status_reason": f"{MARK}第 {task.version} 版",
        }
        yield _event(task, EventKind.TASK_STATUS, task.updated_at, by, before, told)
    for name, value in told.items():
        setattr(task, name, value)


def _way(outcome: Status) -> Iterable[Status]:
    if outcome == Status.NOT_STARTED:
        return ()
    return (outcome,) if outcome == Status.IN_PROGRESS else (Status.IN_PROGRESS, outcome)


def _progress(status: Status, dice: random.Random) -> int:
    return 100 if status in (Status.COMPLETED, Status.CONTINUING) else dice.randrange(5, 95, 5)


def _event(task: Task, kind: EventKind, at: datetime, by: User, before: dict, after: dict) -> Event:
    reason = after["status_reason"]
    return Event(
        task=task, plan=task.plan, kind=kind, at=at, by=by, before=before, after=after, reason=reason
    )
