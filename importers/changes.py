"""The list of changes: what a new edition would correct, in the order of the document and in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from importers.differences import Run, of_clauses, of_lists, of_texts, of_values
from importers.import_plan import Change, Content, HeadingChange, ImportPlan, Part, TaskStep
from importers.speech import parts_remarks, place_words, plan_field, task_field, value_words

# Prose, of which single letters may change; every other value changes as a whole or item by item.
_PROSE = {"text", "title", "preamble", "closing_rule"}
_TASK_FIELDS = ("text", "parts", "duty", "open_ended", "due_on", "responsibility", "place", "number")


@dataclass(frozen=True)
class ShownChange:
    """One field that changes; the remarks say what its values do not show."""

    label: str
    runs: list[Run]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One task that is corrected or new (then with its content), or a row of tasks that only move."""

    number: int = 0
    changes: tuple[ShownChange, ...] = ()
    new: Content | None = None
    moved: str = ""


def summary(plan: ImportPlan) -> str:
    """What confirming would do, counted: 更正 3 项任务、2 处计划信息，新增 1 项任务，调整序号 102 项."""
    corrected = len(plan.corrected) - len(plan.shifted)
    corrections = [
        *([f"{corrected} 项任务"] if corrected else []),
        *([f"{plan.fact_count} 处计划信息"] if plan.fact_count else []),
    ]
    elsewhere = any(change.field == "place" for step in plan.shifted for change in step.changes)
    places = "序号或章节" if elsewhere else "序号"
    return "，".join(
        [
            *([f"更正 {'、'.join(corrections)}"] if corrections else []),
            *([f"新增 {len(plan.created)} 项任务"] if plan.created else []),
            *([f"调整{places} {len(plan.shifted)} 项"] if plan.shifted else []),
        ]
    )


# --- the plan itself --------------------------------------------------------------------------------


def of_plan(plan: ImportPlan) -> list[ShownChange]:
    """What changes of the plan's own facts and headings."""
    headings = [_heading(change) for change in plan.heading_changes]
    if plan.outline_changes and not plan.is_new and not headings:
        headings = [ShownChange("章节", [], ("章节的排列有调整，标题不变。",))]
    return [*(_shown(plan_field(change.field), change) for change in plan.fact_changes), *headings]


def _heading(change: HeadingChange) -> ShownChange:
    kind = "" if change.before and change.after else "（新增）" if change.after else "（删去）"
    return ShownChange(f"{place_words(change.place)}标题{kind}", of_texts(change.before, change.after))


# --- its tasks --------------------------------------------------------------------------------------


def of_tasks(plan: ImportPlan) -> list[Entry]:
    """Tasks that are new, corrected or moved; those that move alike and stand together are one entry."""
    return [
        entry
        for _, together in groupby(enumerate(plan.steps), key=_stand_together)
        for entry in _entries([step for _, step in together])
    ]


def _stand_together(placed: tuple[int, TaskStep]) -> object:
    place, step = placed
    if not step.is_shifted_only:
        return place
    changes = {change.field: change for change in step.changes}
    return _shift(step), changes.get("place"), step.content.number - place


def _entries(steps: Sequence[TaskStep]) -> Iterator[Entry]:
    step = steps[0]
    if step.pk is None:
        yield Entry(step.content.number, new=step.content)
    elif step.is_shifted_only:
        yield Entry(moved=_moved(steps))
    elif step.changes:
        changes = {change.field: change for change in step.changes}
        shown = (_shown(task_field(name), changes[name]) for name in _TASK_FIELDS if name in changes)
        yield Entry(step.content.number, tuple(shown))


def _moved(steps: Sequence[TaskStep]) -> str:
    """第 9–110 项顺延为第 10–111 项，内容不变。"""
    first, last, shift = steps[0].content.number, steps[-1].content.number, _shift(steps[0])
    stood, stands = _span(first - shift, last - shift), _span(first, last)
    place = next((change for change in steps[0].changes if change.field == "place"), None)
    if place is None:
        return f"{stood}{'顺延' if shift > 0 else '前移'}为{stands}，内容不变。"
    where = f"{stood}由{value_words(place.before)}移到{value_words(place.after)}"
    return f"{where}，成为{stands}，内容不变。" if shift else f"{where}，序号和内容不变。"


def _shift(step: TaskStep) -> int:
    change = next((change for change in step.changes if change.field == "number"), None)
    return step.content.number - change.before if change and isinstance(change.before, int) else 0


def _span(first: int, last: int) -> str:
    return f"第 {first} 项" if first == last else f"第 {first}–{last} 项"


# --- one field --------------------------------------------------------------------------------------


def _shown(label: str, change: Change) -> ShownChange:
    return ShownChange(label, _runs(change), tuple(_remarks(change.before, change.after)))


def _runs(change: Change) -> list[Run]:
    before, after = value_words(change.before), value_words(change.after)
    if isinstance(change.before, tuple) and isinstance(change.after, tuple) and change.field != "place":
        return of_lists([*map(value_words, change.before)], [*map(value_words, change.after)])
    if change.field == "responsibility":
        return of_clauses(before, after)
    return of_texts(before, after) if change.field in _PROSE else of_values(before, after)


def _remarks(before: object, after: object) -> Iterator[str]:
    if isinstance(before, str) and isinstance(after, str) and before.split() and after.split():
        if "".join(before.split()) == "".join(after.split()):
            yield "只有空格或换行不同。"
    elif isinstance(before, tuple) and isinstance(after, tuple):
        parts = [[each for each in side if isinstance(each, Part)] for side in (before, after)]
        yield from parts_remarks(*parts)
