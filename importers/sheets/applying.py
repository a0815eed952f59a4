"""Taking in what was confirmed: through the same verbs as the form, all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from agencies.models import User
from importers.sheets.matching import SheetPlan
from tasks import workflow

# By the name of a step: the fields for which what stands online was chosen.
Refused = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Taken:
    """How many reports were written, and how many of them handed in."""

    written: int
    handed_in: int


@transaction.atomic
def take_in(plan: SheetPlan, *, by: User, hands_in: bool, refused: Refused) -> Taken:
    """Write what the plan says: as drafts, or handed in as far as they are complete.

    What is brought in for another agency is handed in either way. Raises ReportConflict where a report has
    changed since the plan was made, and Incomplete where such a one is not whole; then nothing is written.
    """
    written = handed_in = 0
    for step in plan.writing:
        fields = step.written(refused.get(step.name, frozenset()))
        if not fields:
            continue
        report = workflow.write_report(
            step.task, step.period, by=by, agency=step.agency, version=step.version, by_sheet=True, **fields
        )
        written += 1
        if not step.is_own or (hands_in and not workflow.faults_of(report.written)):
            workflow.submit_report(report, by=by, version=report.version, by_sheet=True)
            handed_in += 1
    return Taken(written, handed_in)
