"""The one home of columns: what each is called, how wide it is, what stands in it, how it is read back.

Pages, workbooks and the sheets that come back from agencies take their columns from here by key. Columns of
numbers that only workbooks show (by chapter, by agency) are in exporters/columns.py.
"""

from tasks.columns.column import Column, Kind, Tone, Unreadable, Value, keyed
from tasks.columns.filling import FILLING_COLUMNS, FillingLine, RowKey
from tasks.columns.report import REPORT_COLUMNS, ReportLine
from tasks.columns.task import (
    LEDGER,
    LEDGER_AT_FIRST,
    TASK_COLUMNS,
    TaskLine,
    known,
    task_columns,
    task_columns_within,
)

__all__ = [
    "FILLING_COLUMNS",
    "LEDGER",
    "LEDGER_AT_FIRST",
    "REPORT_COLUMNS",
    "TASK_COLUMNS",
    "Column",
    "FillingLine",
    "Kind",
    "ReportLine",
    "RowKey",
    "TaskLine",
    "Tone",
    "Unreadable",
    "Value",
    "keyed",
    "known",
    "task_columns",
    "task_columns_within",
]
