"""The columns of 单位填报表: what goes out to an agency to be filled in, and how it is known when it is back.

Each row carries a key that nobody sees: which report it is, how it stood when the sheet was made, and a print
of each field as it went out. So what was edited in the sheet is told from what changed online meanwhile, and
a row can be sorted, filtered, copied or moved to another sheet without losing what it speaks of. The key is
signed; one that was changed is nobody's.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.signing import BadSignature, Signer

from agencies.models import Agency
from tasks.columns.column import Column, Kind, Value, clean, keyed
from tasks.columns.report import REPORT_COLUMNS, ReportLine
from tasks.models import (
    DRAFTED,
    LONGEST_TEXT,
    PROPOSALS,
    AssignmentRole,
    ReportingPeriod,
    Status,
    Task,
)

# What a cell cannot carry: there the field stays as it is, and can be changed online alone.
LONGEST_CELL = 8_000  # each may need four units of the 32,767 that a cell has
TOO_LONG_FOR_A_CELL = "〔内容过长，单元格容纳不下，请在系统中查看和修改〕"

_SIGNER = Signer(salt="tasks.filling", sep="~")
_PRINT = 8  # letters
_KEY = re.compile(
    rf"(\d{{1,18}})\.(\d{{1,18}})\.(\d{{1,18}})\.(\d{{1,18}})\.([0-9a-f]{{{_PRINT * len(DRAFTED)}}})"
)


@dataclass(frozen=True)
class RowKey:
    """Which report a row is about, by keys; its version when the sheet was made (0: not begun, or not told);
    and a print of each field of `DRAFTED` as it went out."""

    task: int
    period: int
    agency: int
    version: int
    prints: Mapping[str, str]

    def __str__(self) -> str:
        prints = "".join(self.prints[name] for name in DRAFTED)
        return _SIGNER.sign(f"{self.task}.{self.period}.{self.agency}.{self.version}.{prints}")

    @classmethod
    def read(cls, said: str) -> "RowKey | None":
        """The key that a cell holds; None where it is not one of ours to the last sign."""
        try:
            found = _KEY.fullmatch(_SIGNER.unsign(said.strip()))
        except BadSignature:
            return None
        if found is None:
            return None
        task, period, agency, version, prints = found.groups()
        pieces = [prints[start : start + _PRINT] for start in range(0, len(prints), _PRINT)]
        return cls(int(task), int(period), int(agency), int(version), dict(zip(DRAFTED, pieces, strict=True)))

    @property
    def report(self) -> tuple[int, int, int]:
        return self.task, self.agency, self.period


def print_of(value: Any) -> str:
    """A field's value in eight letters, alike for all that look alike in a cell."""
    return hashlib.sha256(clean(value).strip().encode()).hexdigest()[:_PRINT]


def shown_in_a_cell(written: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `DRAFTED` as a sheet can show them: a draft keeps whatever was typed."""
    fields = {name: written[name] for name in DRAFTED}
    if fields["proposed_status"] not in PROPOSALS:
        fields["proposed_status"] = ""
    progress = fields["proposed_progress"]
    if isinstance(progress, bool) or not isinstance(progress, int) or not 0 <= progress <= 100:
        fields["proposed_progress"] = None
    return {
        name: TOO_LONG_FOR_A_CELL if isinstance(value, str) and len(value) > LONGEST_CELL else value
        for name, value in fields.items()
    }


def not_begun(task: Task) -> dict[str, Any]:
    """What the form proposes before anything is written."""
    empty = dict.fromkeys(DRAFTED, "")
    return empty | {"proposed_status": Status.IN_PROGRESS.value, "proposed_progress": task.progress}


@dataclass(frozen=True, kw_only=True)
class FillingLine(ReportLine):
    """A row of a sheet to be filled in: the fields as they go out, and what stands beside them."""

    agency: Agency
    key: RowKey | str
    others: str  # the participants of what it leads, the lead of what it joins
    standing: str
    previous: str
    is_open: bool = True  # else it is handed in and may only be read
    # By the keys of columns, in a sheet to be put right: what was typed, and what is wrong with it.
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def key_of(
    task: Task, period: ReportingPeriod, agency: Agency, version: int, shown: Mapping[str, Any]
) -> RowKey:
    """The key of a row that goes out with these fields."""
    prints = {name: print_of("" if value is None else value) for name, value in shown.items()}
    return RowKey(task.pk, period.pk, agency.pk, version, prints)


@dataclass(frozen=True)
class Trouble:
    """Something in a workbook that came back and could not be taken in."""

    file: str
    sheet: str
    row: str
    column: str
    value: str
    words: str


# The sheets of the workbooks that hold no rows to be read back.
GUIDE, FAULTS = "填写说明", "问题清单"
# What is filled in, by the fields of a report; everything else is grey.
OPENED = DRAFTED
KEY = "key"
# How the column of the other agencies is called, by the agency's own role.
OTHERS = {AssignmentRole.LEAD: "参与单位", AssignmentRole.PARTICIPANT: "牵头单位"}
FILLING_COLUMNS: dict[str, Column[FillingLine]] = keyed(
    [
        REPORT_COLUMNS["number"],
        REPORT_COLUMNS["text"],
        Column("others", "其他单位", 6, lambda line: line.others),
        Column("standing", "报送状态", 3.2, lambda line: line.standing, Kind.LABEL),
        Column("previous", "上期报送", 14, lambda line: line.previous),
        *(REPORT_COLUMNS[name] for name in ("measures", "results", "problems", "next_steps", "deliverables")),
        REPORT_COLUMNS["proposed_status"],
        REPORT_COLUMNS["proposed_progress"],
        REPORT_COLUMNS["proposal_reason"],
        Column(KEY, "行标识（请勿改动）", 4, lambda line: str(line.key)),
    ]
)


def too_long(name: str, value: Value) -> str:
    """What to say of a text that is longer than a report may be; empty where it is not."""
    if not isinstance(value, str) or len(value) <= LONGEST_TEXT:
        return ""
    title = FILLING_COLUMNS[name].title
    return f"{title}最多 {LONGEST_TEXT} 字，现有 {len(value)} 字，请精简，详细材料可作为附件"
