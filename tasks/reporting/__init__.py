"""Who owes what: the reports of one plan, by task, agency and period, as they stand on a day.

Loaded once (`loading`) and counted in Python (`owed`), like the other numbers (see `stats`): the matrix, the
list of what is missing, the bulletin, an agency's desk and the reminders all speak of the same rows.
"""

from tasks.reporting.loading import Load, load_of, missing, missing_of, reports_of, reports_of_plans
from tasks.reporting.owed import (
    BULLETIN_NOTES,
    AgencyOwed,
    Outcome,
    Owed,
    OwedKey,
    OwedNumbers,
    PlanReports,
    Standing,
    current_of,
)

__all__ = [
    "BULLETIN_NOTES",
    "AgencyOwed",
    "Load",
    "Outcome",
    "Owed",
    "OwedKey",
    "OwedNumbers",
    "PlanReports",
    "Standing",
    "current_of",
    "load_of",
    "missing",
    "missing_of",
    "reports_of",
    "reports_of_plans",
]
