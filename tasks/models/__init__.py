"""What: plans with their chapters, sections and tasks, who is assigned, and what happened."""

from tasks.models.assignment import Assignment, AssignmentRole, Basis
from tasks.models.attachment import Attachment
from tasks.models.day import Day
from tasks.models.event import Event, EventKind
from tasks.models.extension import Extension, ExtensionState
from tasks.models.notice import Notice
from tasks.models.period import USUAL_KINDS, PeriodKind, ReportingPeriod, usual_dates
from tasks.models.plan import Chapter, Plan, Section
from tasks.models.receipt import Receipt, ReceiptState
from tasks.models.reminder import Letter, LetterState, Reminder, ReminderKind
from tasks.models.report import (
    DRAFTED,
    EDITABLE,
    HANDED_IN,
    LONGEST_TEXT,
    MOVED,
    NO_PROBLEMS,
    PROPOSALS,
    TEXTS,
    Course,
    ProgressReport,
    ReportSource,
    ReportState,
)
from tasks.models.saved_view import SavedView
from tasks.models.search import TaskSearch
from tasks.models.snapshot import ReportSnapshot
from tasks.models.task import (
    OPEN,
    REASON_OWED,
    Duty,
    Light,
    Reading,
    Status,
    Task,
)

__all__ = [
    "DRAFTED",
    "EDITABLE",
    "HANDED_IN",
    "LONGEST_TEXT",
    "MOVED",
    "NO_PROBLEMS",
    "OPEN",
    "PROPOSALS",
    "REASON_OWED",
    "TEXTS",
    "USUAL_KINDS",
    "Assignment",
    "AssignmentRole",
    "Attachment",
    "Basis",
    "Chapter",
    "Course",
    "Day",
    "Duty",
    "Event",
    "EventKind",
    "Extension",
    "ExtensionState",
    "Letter",
    "LetterState",
    "Light",
    "Notice",
    "PeriodKind",
    "Plan",
    "ProgressReport",
    "Reading",
    "Receipt",
    "ReceiptState",
    "Reminder",
    "ReminderKind",
    "ReportSnapshot",
    "ReportSource",
    "ReportState",
    "ReportingPeriod",
    "SavedView",
    "Section",
    "Status",
    "Task",
    "TaskSearch",
    "usual_dates",
]
