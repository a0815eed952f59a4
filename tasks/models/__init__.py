"""What: plans with their chapters, sections and tasks, who is assigned, and what happened."""

from tasks.models.day import Day
from tasks.models.event import Event, EventKind
from tasks.models.plan import Chapter, Plan, Section
from tasks.models.saved_view import SavedView
from tasks.models.search import TaskSearch
from tasks.models.task import (
    OPEN,
    REASON_OWED,
    Assignment,
    AssignmentRole,
    Basis,
    Duty,
    Light,
    Reading,
    Status,
    Task,
)

__all__ = [
    "OPEN",
    "REASON_OWED",
    "Assignment",
    "AssignmentRole",
    "Basis",
    "Chapter",
    "Day",
    "Duty",
    "Event",
    "EventKind",
    "Light",
    "Plan",
    "Reading",
    "SavedView",
    "Section",
    "Status",
    "Task",
    "TaskSearch",
]
