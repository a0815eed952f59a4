"""What is cast: how the tasks of a plan end, and what becomes of a report.

Nothing is left to chance: every dice is seeded with the plan's years and what it is cast for.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto

from tasks.models import AssignmentRole, PeriodKind, Plan, Status, Task

# How a plan of a hundred tasks stands at the end of its last year; all others are completed.
OUTCOMES = {Status.NOT_STARTED: 3, Status.ADJUSTED: 3, Status.DELAYED: 5, Status.IN_PROGRESS: 9}
CONTINUING = 10  # of the tasks that never end
_NEVER_ENDS = re.compile("持续|常态化|健全|深化|长期|不断")


def dice_for(plan: Plan, *what: object) -> random.Random:
    # Seeded with text, which Python digests the same way in every process.
    said = "/".join(map(str, (f"{plan.first_year}-{plan.last_year}", *what)))
    return random.Random(said)  # noqa: S311 - a story, no secret


def outcomes(plan: Plan, tasks: Sequence[Task]) -> Iterator[tuple[Task, Status]]:
    """How each task ends, in the shares of OUTCOMES."""
    left = sorted(tasks, key=lambda task: dice_for(plan, task.number).random())
    for outcome, percent in OUTCOMES.items():
        share = round(len(tasks) * percent / 100)
        yield from ((task, outcome) for task in left[:share])
        left = left[share:]
    endless = [task for task in left if _NEVER_ENDS.search(task.text)][: round(len(tasks) * CONTINUING / 100)]
    for task in left:
        yield task, Status.CONTINUING if task in endless else Status.COMPLETED


class Fate(Enum):
    """What becomes of a report by the end of the plan's years."""

    MISSING = auto()
    DRAFT = auto()
    WAITING = auto()
    RETURNED = auto()
    MENDED = auto()  # returned, handed in again and accepted
    LATE = auto()  # handed in after the due day, and accepted
    ACCEPTED = auto()


# In per cent; the rest is accepted. Nothing of 全年 is late yet: it is due in the January after.
FATES: Mapping[tuple[AssignmentRole, PeriodKind], Mapping[Fate, int]] = {
    (AssignmentRole.LEAD, PeriodKind.HALF_YEAR): {Fate.MISSING: 3, Fate.LATE: 10, Fate.MENDED: 14},
    (AssignmentRole.LEAD, PeriodKind.WHOLE_YEAR): {
        Fate.MISSING: 20,
        Fate.DRAFT: 5,
        Fate.WAITING: 30,
        Fate.RETURNED: 15,
        Fate.MENDED: 5,
    },
    (AssignmentRole.PARTICIPANT, PeriodKind.HALF_YEAR): {Fate.MISSING: 5, Fate.LATE: 8, Fate.MENDED: 6},
    (AssignmentRole.PARTICIPANT, PeriodKind.WHOLE_YEAR): {
        Fate.MISSING: 10,
        Fate.DRAFT: 2,
        Fate.WAITING: 6,
        Fate.RETURNED: 2,
        Fate.MENDED: 4,
    },
}
# What a closing report must come to, sooner or later.
SETTLED = {Fate.MENDED: 12}


def cast_fate(chances: Mapping[Fate, int], dice: random.Random) -> Fate:
    cast = dice.randrange(100)
    for fate, percent in chances.items():
        if cast < percent:
            return fate
        cast -= percent
    return Fate.ACCEPTED
