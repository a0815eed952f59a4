"""Every audited change of plans and tasks: one function, one transaction, one event a change.

Views, commands and importers all come through here. `by` is the user who does it, and `by=None` says
"the system" aloud; `at` is when it happened, now unless a history is being written.
"""

from tasks.workflow.plans import (
    ChapterOutline,
    Citation,
    Correction,
    Draft,
    Naming,
    SectionOutline,
    cite,
    correct_plan,
    correct_task,
    correct_tasks,
    create_plan,
    create_task,
    create_tasks,
    drop_headings,
    outline_of,
)
from tasks.workflow.register import forget_alias, register_agency, remember_alias, withdraw_agency
from tasks.workflow.shared import EditConflict, Refused
from tasks.workflow.status import STATUS_MOVES, StatusMove, owes_reason, set_status, set_statuses

__all__ = [
    "STATUS_MOVES",
    "ChapterOutline",
    "Citation",
    "Correction",
    "Draft",
    "EditConflict",
    "Naming",
    "Refused",
    "SectionOutline",
    "StatusMove",
    "cite",
    "correct_plan",
    "correct_task",
    "correct_tasks",
    "create_plan",
    "create_task",
    "create_tasks",
    "drop_headings",
    "forget_alias",
    "outline_of",
    "owes_reason",
    "register_agency",
    "remember_alias",
    "set_status",
    "set_statuses",
    "withdraw_agency",
]
