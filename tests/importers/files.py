"""Files to import: the real plans, small ones written for a test, and what the database holds."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from django.apps import apps
from django.core.management import call_command

from agencies.models import User
from importers.apply import apply_import, plan_import
from importers.import_plan import ImportPlan, Source
from importers.parsed import ParsedPlan, parse_plan
from importers.readers import read
from tasks.models import Plan

PLANS = Path(__file__).resolve().parents[2] / "fixtures" / "plans"
PLAN_2023, PLAN_2024 = (PLANS / f"{year}.txt" for year in (2023, 2024))


def parsed(text: str) -> ParsedPlan:
    return parse_plan(read(text.encode(), name="计划.txt"))


def plan_text(*tasks: str, title: str = "2024年知识产权强国建设推进计划", front: str = "") -> str:
    """A plan of one chapter and one section. A task is its text with its clause; its number is its place."""
    numbered = [f"{number}.{task}" for number, task in enumerate(tasks, start=1)]
    return "\n".join([*([front] if front else []), title, "一、完善制度", "（一）完善法律法规", *numbered])


def corrected(path: Path, *slips: tuple[str, str]) -> str:
    """The file with corrections, each of which hits exactly one place."""
    text = path.read_text()
    for before, after in slips:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def without_task(path: Path, number: int) -> str:
    """The file without the line of one task, the later ones renumbered as an editor would."""
    return _renumbered(path, lambda task, line: [] if task == number else [line])


def with_task_after(path: Path, number: int, new: str) -> str:
    return _renumbered(path, lambda task, line: [line, f"0.{new}"] if task == number else [line])


def _renumbered(path: Path, rewrite) -> str:
    """Rewrite the lines of 2024's tasks and count anew; the torn number 50 gets its own line first."""
    text = path.read_text().replace("5\n0.", "\n50.")
    lines, task = [], 0
    for line in text.splitlines():
        head = line.split(".")[0]
        if not head.isdecimal():
            lines.append(line)
            continue
        for each in rewrite(int(head), line):
            task += 1
            lines.append(f"{task}.{each.split('.', 1)[1]}")
    return "\n".join(lines)


def load_register() -> None:
    call_command("load_agencies", stdout=StringIO())


def preview(text: str, *, name: str = "计划.txt") -> ImportPlan:
    return plan_import(parsed(text), source=Source.of(text.encode(), name=name))


def import_text(text: str, *, name: str = "计划.txt", by: User | None = None, **options) -> Plan:
    return apply_import(preview(text, name=name), by=by, **options).plan


def dump(*leave_out: str) -> dict[str, list]:
    """Every row of every table of the product, but the tables and columns that are left out."""
    models = [
        model
        for label in ("agencies", "tasks", "importers")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    return {
        model.__name__: [
            {name: value for name, value in row.items() if f"{model.__name__}.{name}" not in leave_out}
            for row in model.objects.order_by("pk").values()
        ]
        for model in models
        if model.__name__ not in leave_out
    }


def differences(before: Sequence[dict], after: Sequence[dict]) -> list[tuple[dict, dict]]:
    """The rows that differ, each cut down to its columns that do; the rows must be the same ones."""
    assert [row["id"] for row in before] == [row["id"] for row in after]
    return [
        (
            {name: value for name, value in old.items() if value != new[name]},
            {name: value for name, value in new.items() if value != old[name]},
        )
        for old, new in zip(before, after, strict=True)
        if old != new
    ]
