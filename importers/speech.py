"""What remarks and changes are called where people read them: the preview's page and the command."""

from collections.abc import Iterator, Sequence

from importers.diagnostics import Diagnostic, Severity
from importers.import_plan import Finding, Part, Place
from tasks.models import AssignmentRole, Basis, Duty, Plan, Task

KINDS = {"todo": "需处理", "check": "请核对", "settled": "已处理", "fixed": "已修复", "hint": "提示"}


def kind(remark: Diagnostic | Finding) -> str:
    """Which of KINDS a remark is: what it asks of the person who imports."""
    if remark.severity is Severity.ERROR:
        return "todo"
    if remark.severity is Severity.WARNING:
        return "check"
    return "fixed" if isinstance(remark, Diagnostic) and remark.is_repair else "hint"


def task_field(name: str) -> str:
    """A field of a task that an import changes, as people call it."""
    own = {"text": "正文", "place": "章节", "parts": "责任单位"}
    return own.get(name) or str(Task._meta.get_field(name).verbose_name)


def plan_field(name: str) -> str:
    """A fact of a plan that an import changes, as people call it."""
    return str(Plan._meta.get_field(name).verbose_name)


def value_words(value: object) -> str:
    """A value of such a field in words."""
    if isinstance(value, Place):
        return place_words(value)
    if isinstance(value, tuple):
        return "、".join(map(value_words, value))
    if isinstance(value, Part):
        return f"{value.agency}（{AssignmentRole(value.role).label}）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if value in Duty.values:
        return Duty(value).label
    return "" if value is None else str(value)


def place_words(place: Place) -> str:
    return f"第 {place.chapter} 章" + (f"第 {place.section} 节" if place.section else "")


def parts_remarks(before: Sequence[Part], after: Sequence[Part]) -> Iterator[str]:
    """What changes of agencies without showing in `value_words`: how a role is known, the name as written."""
    stood = {part.agency: part for part in before}
    kept = [(stood[part.agency], part) for part in after if part.agency in stood]
    bases: dict[tuple[str, str], list[str]] = {}
    for old, new in kept:
        if old.role == new.role and old.basis != new.basis:
            bases.setdefault((old.basis, new.basis), []).append(new.agency)
    for (old_basis, new_basis), agencies in bases.items():
        yield (
            f"{'、'.join(agencies)}的牵头、参与由“{Basis(old_basis).label}”改为“{Basis(new_basis).label}”，角色不变。"
        )
    for old, new in kept:
        if old.named_as != new.named_as:
            yield f"{new.agency}在原文中的写法由“{old.named_as}”改为“{new.named_as}”。"
