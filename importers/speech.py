"""What remarks and changes are called where people read them: the preview's page and the command."""

from importers.diagnostics import Diagnostic, Severity
from importers.import_plan import Finding, Part, Place
from tasks.models import AssignmentRole, Duty, Plan, Task

KINDS = {"todo": "需处理", "check": "请核对", "fixed": "已修复", "hint": "提示"}


def kind(remark: Diagnostic | Finding) -> str:
    """Which of KINDS a remark is: what it asks of the person who imports."""
    if remark.severity is Severity.ERROR:
        return "todo"
    if remark.severity is Severity.WARNING:
        return "check"
    return "fixed" if isinstance(remark, Diagnostic) and remark.is_repair else "hint"


def field_name(name: str) -> str:
    """A field of a task or a plan that an import changes, as people call it."""
    own = {"text": "正文", "place": "章节", "parts": "责任单位"}
    if name in own:
        return own[name]
    model = Task if hasattr(Task, name) else Plan
    return str(model._meta.get_field(name).verbose_name)


def value_words(value: object) -> str:
    """A value of such a field in words."""
    if isinstance(value, Place):
        return f"第 {value.chapter} 章" + (f"第 {value.section} 节" if value.section else "")
    if isinstance(value, tuple):
        return "、".join(map(value_words, value))
    if isinstance(value, Part):
        return f"{value.agency}（{AssignmentRole(value.role).label}）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if value in Duty.values:
        return Duty(value).label
    return "" if value is None else str(value)
