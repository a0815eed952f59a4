"""The columns of a report: what an agency writes of its part in a task in one period."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.columns.column import Column, Kind, Value, keyed
from tasks.models import PROPOSALS, TEXTS, AssignmentRole, Task


@dataclass(frozen=True)
class ReportLine:
    """A task in an agency's sheet for a period, with the report's fields (`DRAFTED`) as they stand now."""

    task: Task
    role: AssignmentRole
    fields: Mapping[str, Any] = field(default_factory=dict)


def _of(name: str) -> Any:
    def value(line: ReportLine) -> Value:
        return line.fields.get(name, "")

    return value


def _proposal(line: ReportLine) -> str:
    proposed = line.fields.get("proposed_status")
    return PROPOSALS[proposed] if proposed else ""


def _proposed_progress(line: ReportLine) -> float | None:
    proposed = line.fields.get("proposed_progress")
    return None if proposed in (None, "") else proposed / 100


_WIDTHS = {"measures": 16, "results": 16, "problems": 10, "next_steps": 10, "deliverables": 8}

REPORT_COLUMNS: dict[str, Column[ReportLine]] = keyed(
    [
        Column("number", "序号", 2.2, lambda line: line.task.number, Kind.COUNT),
        Column("text", "任务", 16, lambda line: line.task.text),
        *(Column(name, title, _WIDTHS[name], _of(name)) for name, title in TEXTS.items()),
        Column(
            "proposed_status",
            "建议状态",
            4.2,
            _proposal,
            Kind.LABEL,
            choices={label: value for value, label in PROPOSALS.items()},
        ),
        Column("proposed_progress", "总体进度", 3.4, _proposed_progress, Kind.PERCENT),
        Column("proposal_reason", "调整理由", 8, _of("proposal_reason")),
    ]
)
