"""What happens in a plan's own years, deed by deed. Pure: nothing is asked of the clock or the database.

Nothing is left to chance either: everything follows from the plan's years, the numbers and texts of its tasks
and the names of its agencies, so that screenshots, tests and two machines show the same.
"""

import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time

from agencies.models import Agency
from tasks.demo import words
from tasks.demo.chance import dice_for, outcomes
from tasks.demo.deeds import Answer, CalendarReminds, Deed, Dispute, Receive, SetPeriods, Urge
from tasks.demo.tale import HALF, YEAR, Tale, periods_of
from tasks.demo.workdays import BEIJING, Workdays
from tasks.models import AssignmentRole, Plan, Task


def story(plan: Plan, tasks: Sequence[Task], voices: Collection[int]) -> list[Deed]:
    """All deeds in the order of time. `voices` are the agencies (by key) that have an account to act with.

    The tasks come with their assignments and agencies loaded.
    """
    days = Workdays(plan)
    tasks = sorted(tasks, key=lambda task: task.number)
    deeds = [*_beginning(plan, days), *_receipts(plan, tasks, voices, days), *_reminders(plan, days)]
    for task, outcome in outcomes(plan, tasks):
        deeds += Tale(plan, task, outcome, voices, days).told()
    return sorted(deeds, key=lambda deed: deed.at)  # stable: of one minute, in the order they were told


def _beginning(plan: Plan, days: Workdays) -> Iterator[Deed]:
    yield SetPeriods(days.at(0, dice_for(plan, "periods")), periods_of(plan))


def _reminders(plan: Plan, days: Workdays) -> Iterator[Deed]:
    """The calendar speaks every day at nine, on these it has something to say; then the office itself."""
    for year in plan.years:
        for day in ((7, 5), (7, 21), (12, 26)):
            yield CalendarReminds(datetime.combine(date(year, *day), time(9), BEIJING))
        for period, day in ((HALF, (7, 25)), (HALF, (8, 14)), (YEAR, (12, 27))):
            dice = dice_for(plan, year, "urges", *day)
            yield Urge(days.at(days.place(year, day), dice), (year, period), words.marked(words.URGED))


# --- receipts ----------------------------------------------------------------------------------------

_NEVER_SIGNED = 0.015  # share of the assignments
_OBJECTIONS = 3  # to a plan of a hundred tasks; one more is raised late in the year and waits for its answer


def _receipts(plan: Plan, tasks: Sequence[Task], voices: Collection[int], days: Workdays) -> Iterator[Deed]:
    """Most agencies sign in January, some in two goes; a few parts are objected to, and stand."""
    parts = [
        (task, assignment)
        for task in tasks
        for assignment in task.assignments.all()
        if assignment.agency_id in voices
    ]
    joined = [part for part in parts if part[1].role == AssignmentRole.PARTICIPANT]
    joined.sort(key=lambda part: dice_for(plan, part[0].number, part[1].agency, "objects").random())
    several = round(len(tasks) * _OBJECTIONS / 100)
    objected = {(task.pk, one.agency_id) for task, one in joined[:several]}
    theirs: dict[Agency, list[Task]] = defaultdict(list)
    for task, assignment in parts:
        dice = dice_for(plan, task.number, assignment.agency, "signs")
        if (task.pk, assignment.agency_id) in objected:
            yield from _objection(task, assignment.agency, days, dice)
        elif dice.random() >= _NEVER_SIGNED:
            theirs[assignment.agency].append(task)
    for agency, signed in theirs.items():
        yield from _signing(agency, signed, days, dice_for(plan, agency, "signs"))
    for task, assignment in joined[several : several + min(several, 1)]:
        dice = dice_for(plan, task.number, "objects late")
        place = days.place(plan.last_year, (12, 16)) + dice.randrange(8)
        reason = words.marked(dice.choice(words.DISPUTES))
        yield Dispute(days.at(place, dice), assignment.agency, task, reason)


def _signing(agency: Agency, tasks: Sequence[Task], days: Workdays, dice: random.Random) -> Iterator[Deed]:
    first = dice.randrange(2, 16)
    half = len(tasks) // 2 if len(tasks) > 8 and dice.random() < 0.5 else len(tasks)
    yield Receive(days.at(first, dice), agency, tuple(tasks[:half]))
    if tasks[half:]:
        yield Receive(days.at(first + dice.randint(2, 12), dice), agency, tuple(tasks[half:]))


def _objection(task: Task, agency: Agency, days: Workdays, dice: random.Random) -> Iterator[Deed]:
    place = dice.randrange(4, 14)
    yield Dispute(days.at(place, dice), agency, task, words.marked(dice.choice(words.DISPUTES)))
    place += dice.randint(3, 9)
    yield Answer(days.at(place, dice), agency, task, words.marked(dice.choice(words.KEPT)))
    yield Receive(days.at(place + dice.randint(1, 4), dice), agency, (task,))
