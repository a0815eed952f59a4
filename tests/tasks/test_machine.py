"""The office, a lead, a participant and an outsider at random, against a simple model of what may happen.

A model of a few dozen lines says of every deed whether it passes and what it leaves; each refusal must be of
the kind foretold and leave no trace in any table. After each deed the database is compared with the model:
states, versions, events, who sees which report; each day also the lights and the days that are over.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import hypothesis
import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from agencies.models import Role
from tasks import workflow
from tasks.models import AssignmentRole, Day, Event, PeriodKind, ProgressReport, Status, Task
from tests.database import database
from tests.factories import (
    LONG_AGO,
    WRITTEN,
    make_agency,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    make_user,
)

PEOPLE = ("office", "lead", "participant", "outsider")
AGENCIES = PEOPLE[1:]
FIRST_DAY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)
LATER = date(2025, 6, 30)
EMPTY = dict.fromkeys(WRITTEN, "") | {"proposed_progress": 0}

yes_or_no = st.booleans()
# A page is seldom stale, a reason seldom forgotten, a stranger seldom there: or most deeds would be refused.
mostly = st.sampled_from([True] * 9 + [False])
stranger = st.sampled_from([None] * 16 + list(PEOPLE))
# Whoever has a part acts more often than whoever has none.
people = st.sampled_from(["lead", "lead", "participant", "participant", "outsider", "office"])
begun = st.sampled_from(["submitted", "draft", "submitted", "", "returned", "accepted"])


@dataclass
class Report:
    """What the model knows of an agency's report."""

    state: str = "draft"
    version: int = 1
    whole: bool = False  # could be handed in
    proposes: str = "in_progress"  # in the draft
    proposed: str = "in_progress"  # when it was handed in
    submitted: bool = False  # at any time
    handed_in: list[datetime] = field(default_factory=list)  # when, but for what was taken back
    is_outdated: bool = False  # the task was reopened since it was accepted
    taken: set[str] = field(default_factory=set)


class Machine(RuleBasedStateMachine):
    @initialize(lead=begun, participant=begun, final=yes_or_no, asked=yes_or_no)
    def begin(self, lead, participant, final, asked):
        """Somewhere in the middle of July."""
        self.world = transaction.atomic()
        self.world.__enter__()
        self.people = {"office": make_user("office", Role.OFFICE)}
        for name in AGENCIES:
            self.people[name] = make_user(name, agency=make_agency(name))
        section = make_section(make_plan())
        self.task_key = make_task(section, [self.agency(name) for name in ("lead", "participant")]).pk
        self.plan = section.chapter.plan
        self.half, _ = make_periods(self.plan)
        self.now = FIRST_DAY
        self.reports: dict[str, Report] = {}
        self.receipts: dict[str, str] = {}
        self.extensions: list[str] = []
        self.parts = ["lead", "participant"]  # the first leads
        self.status, self.progress, self.due, self.version = "not_started", 0, None, 1
        self.reasoned = False
        self.has_whole_year = True
        self.days: dict[date, tuple] = {}
        for name, state in (("lead", lead), ("participant", participant)):
            if state:
                self.report_in(name, state, "completed" if final else "in_progress")
        self.events = Event.objects.count()
        if asked:
            self.ask_extension(None, True)

    def report_in(self, name: str, state: str, proposes: str) -> None:
        report = make_report(
            self.task, self.half, self.people[name], state=state, at=FIRST_DAY, proposed_status=proposes
        )
        self.reports[name] = Report(
            state, report.version, True, proposes, proposes, submitted=state != "draft"
        )
        if state != "draft":
            self.reports[name].handed_in.append(FIRST_DAY)
        task = self.task
        self.status, self.progress, self.version = task.status, task.progress, task.version
        self.reasoned = bool(task.status_reason)

    def teardown(self):
        if hasattr(self, "world"):
            try:
                self.check_lights()
                self.check_days(self.days)
            finally:
                transaction.set_rollback(True)
                self.world.__exit__(None, None, None)

    # --- what the rules speak with -----------------------------------------

    def agency(self, name: str):
        return self.people[name].agency

    @property
    def task(self) -> Task:
        return Task.objects.get(pk=self.task_key)

    def stored(self, name: str) -> ProgressReport:
        return ProgressReport.objects.get(task=self.task_key, agency=self.agency(name))

    def attempt(self, change: Callable, refusal: type[Exception] | None, events: int = 1) -> bool:
        """Whether it passed, as foretold; what is refused leaves no trace."""
        self.now += timedelta(minutes=1)
        if refusal is None:
            change()
            self.events += events
            return True
        before = database()
        with pytest.raises(refusal) as caught, transaction.atomic():
            change()
        assert type(caught.value) is refusal
        assert database() == before
        return False

    def one_of(self, data, names) -> str:
        return data.draw(st.sampled_from(sorted(names)))

    def by_agency(self, person: str, name: str) -> type[Exception] | None:
        return None if person == name else PermissionDenied

    def by_office(self, person: str) -> type[Exception] | None:
        return None if person == "office" else PermissionDenied

    # --- reports -----------------------------------------------------------

    @rule(person=people, fresh=mostly, whole=mostly, final=yes_or_no)
    def write(self, person, fresh, whole, final):
        known = self.reports.get(person)
        version = known.version + (0 if fresh else 7) if known else None
        proposes = "completed" if final else "in_progress"
        written = (WRITTEN if whole else EMPTY) | {"proposed_status": proposes}
        # To write what stands already changes nothing, whatever the report's state: a double click.
        stands = known and self.stored(person).written.items() >= written.items()
        refusal = PermissionDenied if person == "office" else None
        if stands:
            pass
        elif known:
            refusal = refusal or (None if fresh else workflow.ReportConflict)
            refusal = refusal or (None if known.state in ("draft", "returned") else workflow.Refused)
        else:
            refusal = refusal or (None if person in self.parts else workflow.Refused)
        passed = self.attempt(
            lambda: workflow.write_report(
                self.task, self.half, by=self.people[person], version=version, at=self.now, **written
            ),
            refusal,
            events=0,
        )
        if passed and not stands:
            report = self.reports.setdefault(person, Report(version=0))
            report.version += 1
            report.whole, report.proposes = whole, proposes

    @precondition(lambda self: self.reports)
    @rule(data=st.data(), stranger=stranger, fresh=mostly)
    def submit(self, data, stranger, fresh):
        name = self.one_of(data, self.reports)
        person, report = stranger or name, self.reports[name]
        refusal = self.by_agency(person, name)
        refusal = refusal or (None if fresh else workflow.ReportConflict)
        refusal = refusal or (None if report.state in ("draft", "returned") else workflow.Refused)
        refusal = refusal or (None if name in self.parts else workflow.Refused)
        refusal = refusal or (None if report.whole else workflow.Incomplete)
        if self.attempt(lambda: self.move(workflow.submit_report, person, name, fresh), refusal):
            report.state, report.submitted, report.proposed = "submitted", True, report.proposes
            report.handed_in.append(self.now)
            report.version += 1

    @precondition(lambda self: self.reports)
    @rule(data=st.data(), stranger=stranger, fresh=mostly)
    def withdraw(self, data, stranger, fresh):
        name = self.one_of(data, self.reports)
        person, report = stranger or name, self.reports[name]
        refusal = self.by_agency(person, name)
        refusal = refusal or self.unmoved(report, fresh)
        if self.attempt(lambda: self.move(workflow.withdraw_report, person, name, fresh), refusal):
            report.state = "draft"
            report.handed_in.pop()
            report.version += 1

    @precondition(lambda self: self.reports)
    @rule(data=st.data(), stranger=stranger, fresh=mostly, takes_over=mostly, noted=yes_or_no)
    def accept(self, data, stranger, fresh, takes_over, noted):
        name = self.one_of(data, self.reports)
        person, report = stranger or "office", self.reports[name]
        refusal = self.by_office(person) or self.unmoved(report, fresh)
        takes = takes_over and name == self.parts[0]
        if takes and self.status == "completed" != report.proposed and not noted:
            refusal = refusal or workflow.Refused
        passed = self.attempt(
            lambda: self.move(
                workflow.accept_report,
                person,
                name,
                fresh,
                takes_over=takes_over,
                note="同意" if noted else "",
            ),
            refusal,
        )
        if passed:
            if takes and self.status == "completed" != report.proposed:
                self.reopen()
            report.state, report.is_outdated = "accepted", False
            report.version += 1
            progress = 100 if report.proposed == "completed" else WRITTEN["proposed_progress"]
            if takes and (self.status, self.progress) != (report.proposed, progress):
                self.status, self.progress, self.reasoned = report.proposed, progress, True
                self.version += 1

    @precondition(lambda self: self.reports)
    @rule(data=st.data(), stranger=stranger, fresh=mostly, said=mostly)
    def return_(self, data, stranger, fresh, said):
        name = self.one_of(data, self.reports)
        person, report = stranger or "office", self.reports[name]
        sources = ["submitted", *(["accepted"] if self.status != "completed" else [])]
        refusal = self.by_office(person) or (None if fresh else workflow.ReportConflict)
        refusal = refusal or (None if report.state in sources and said else workflow.Refused)
        reason = "请补充" if said else " "
        if self.attempt(
            lambda: self.move(workflow.return_report, person, name, fresh, reason=reason), refusal
        ):
            report.state = "returned"
            report.version += 1

    @precondition(lambda self: len(self.reports) > 1)
    @rule(data=st.data(), stranger=stranger, fresh=mostly)
    def take_over(self, data, stranger, fresh):
        name = self.one_of(data, self.reports)
        person, report = stranger or name, self.reports[name]
        refusal = self.by_agency(person, name)
        refusal = refusal or (None if fresh else workflow.ReportConflict)
        refusal = refusal or (None if report.state in ("draft", "returned") else workflow.Refused)
        refusal = refusal or (None if name == self.parts[0] else workflow.Refused)
        everything = list(ProgressReport.objects.values_list("pk", flat=True))
        new = {
            other
            for other, theirs in self.reports.items()
            if other != name and theirs.state in ("submitted", "accepted") and other not in report.taken
        }
        passed = self.attempt(
            lambda: workflow.take_over(
                self.stored(name),
                everything,
                by=self.people[person],
                version=report.version + (0 if fresh else 7),
            ),
            refusal,
            events=0,
        )
        if passed:
            report.version += 1
            report.taken |= new
            report.whole = report.whole or bool(new)

    def unmoved(self, report: Report, fresh: bool) -> type[Exception] | None:
        if not fresh:
            return workflow.ReportConflict
        return None if report.state == "submitted" else workflow.Refused

    def move(self, verb: Callable, person: str, name: str, fresh: bool, **said) -> None:
        version = self.reports[name].version + (0 if fresh else 7)
        verb(self.stored(name), by=self.people[person], version=version, at=self.now, **said)

    # --- receipts and assignments ------------------------------------------

    @rule(person=people)
    def receive(self, person):
        refusal = PermissionDenied if person == "office" else None
        refusal = refusal or (None if person in self.parts else workflow.Refused)
        again = self.receipts.get(person) == "received"
        if self.attempt(
            lambda: workflow.receive_tasks([self.task_key], by=self.people[person], at=self.now),
            refusal,
            events=0 if again else 1,
        ):
            self.receipts[person] = "received"

    @rule(person=people, said=mostly)
    def dispute(self, person, said):
        refusal = PermissionDenied if person == "office" else None
        refusal = refusal or (None if person in self.parts else workflow.Refused)
        again = self.receipts.get(person) == "disputed" and said
        refusal = refusal or (None if said else workflow.Refused)
        if self.attempt(
            lambda: workflow.dispute_task(
                self.task, by=self.people[person], reason="无关" if said else "", at=self.now
            ),
            refusal,
            events=0 if again else 1,
        ):
            self.receipts[person] = "disputed"

    @precondition(lambda self: self.receipts)
    @rule(data=st.data(), stranger=stranger, said=mostly)
    def answer(self, data, stranger, said):
        name = self.one_of(data, self.receipts)
        person = stranger or "office"
        refusal = self.by_office(person)
        refusal = refusal or (None if self.receipts[name] == "disputed" and said else workflow.Refused)
        receipt = self.task.receipts.get(agency=self.agency(name))
        if self.attempt(
            lambda: workflow.answer_dispute(
                receipt, by=self.people[person], answer="维持" if said else "", at=self.now
            ),
            refusal,
        ):
            self.receipts[name] = "answered"

    @rule(
        stranger=stranger,
        parts=st.permutations(AGENCIES).flatmap(lambda all_: st.integers(1, 3).map(lambda n: all_[:n])),
        fresh=mostly,
        said=mostly,
    )
    def assign(self, stranger, parts, fresh, said):
        person = stranger or "office"
        refusal = self.by_office(person)
        same = parts == self.parts
        if not same:
            refusal = refusal or (None if fresh else workflow.EditConflict)
            refusal = refusal or (None if said else workflow.Refused)
        if not self.attempt(
            lambda: workflow.assign_task(
                self.task,
                by=self.people[person],
                version=self.version + (0 if fresh else 7),
                lead=self.agency(parts[0]),
                participants=[self.agency(name) for name in parts[1:]],
                basis="会议纪要" if said else "",
                at=self.now,
            ),
            refusal,
            events=0 if same else 1,
        ):
            return
        for name in self.receipts:
            if self.role_of(name, self.parts) != self.role_of(name, parts):
                self.receipts[name] = "answered"
        self.version += not same
        self.parts = parts

    def role_of(self, name: str, parts: list[str]) -> str | None:
        if name not in parts:
            return None
        return AssignmentRole.LEAD if parts[0] == name else AssignmentRole.PARTICIPANT

    # --- extensions --------------------------------------------------------

    @rule(stranger=stranger, said=mostly)
    def ask_extension(self, stranger, said):
        person = stranger or self.parts[0]
        refusal = self.by_agency(person, self.parts[0])
        free = self.status in ("not_started", "in_progress", "delayed") and "asked" not in self.extensions
        refusal = refusal or (None if free and said and self.due is None else workflow.Refused)
        if self.attempt(
            lambda: workflow.ask_extension(
                self.task,
                by=self.people[person],
                new_due_on=LATER,
                progress=40,
                reason="会期顺延" if said else "",
                at=self.now,
            ),
            refusal,
        ):
            self.extensions.append("asked")
            self.asker = person

    @precondition(lambda self: self.extensions)
    @rule(stranger=stranger, end=st.sampled_from(["granted", "refused", "withdrawn"]), said=mostly)
    def end_extension(self, stranger, end, said):
        person = stranger or (self.asker if end == "withdrawn" else "office")
        extension = self.task.extensions.last()
        by, words = self.people[person], "意见" if said else ""
        verbs = {
            "granted": lambda: workflow.grant_extension(extension, by=by, decision=words, at=self.now),
            "refused": lambda: workflow.refuse_extension(extension, by=by, decision=words, at=self.now),
            "withdrawn": lambda: workflow.withdraw_extension(extension, by=by, at=self.now),
        }
        refusal = self.by_agency(person, self.asker) if end == "withdrawn" else self.by_office(person)
        refusal = refusal or (None if self.extensions[-1] == "asked" else workflow.Refused)
        refusal = refusal or (workflow.Refused if end == "refused" and not said else None)
        if self.attempt(verbs[end], refusal):
            self.extensions[-1] = end
            if end == "granted":
                self.due = LATER
                self.version += 1

    # --- the office's word -------------------------------------------------

    @rule(
        stranger=stranger,
        status=st.sampled_from(Status),
        progress=st.sampled_from([None, 0, 30, 100, 101]),
        fresh=mostly,
        said=mostly,
    )
    def set_status(self, stranger, status, progress, fresh, said):
        person = stranger or "office"
        row = workflow.STATUS_MOVES[status]
        progress = progress if row.progress is None else row.progress
        wanted = self.progress if progress is None else progress
        reasoned = said or (status == self.status and row.reason_owed and self.reasoned)
        leaves = self.status == "completed" != status
        refusal = self.by_office(person)
        refusal = refusal or (workflow.Refused if not 0 <= wanted <= 100 else None)
        refusal = refusal or (workflow.Refused if (row.reason_owed or leaves) and not reasoned else None)
        task = self.task
        reason = "理由" if said else task.status_reason if reasoned else ""
        changes = (task.status, task.progress, task.status_reason) != (status, wanted, reason)
        refusal = refusal or (workflow.EditConflict if changes and not fresh else None)
        if status == "completed" != self.status and not self.accounted_for():
            refusal = refusal or workflow.Refused
        if self.attempt(
            lambda: workflow.set_status(
                task,
                by=self.people[person],
                status=status,
                version=self.version + (0 if fresh else 7),
                progress=progress,
                reason="理由" if said else "",
                at=self.now,
            ),
            refusal,
            events=int(changes),
        ):
            if self.status == "completed" != status:
                self.reopen()
            self.status, self.progress, self.reasoned = status.value, wanted, bool(reason)
            self.version += changes

    @precondition(lambda self: self.status == "completed")
    @rule(status=st.sampled_from(["in_progress", "adjusted"]))
    def reopen_and_try_to_close(self, status):
        """What chance alone seldom comes to."""
        for each in (Status(status), Status.COMPLETED):
            self.set_status(None, each, None, True, True)

    def accounted_for(self) -> bool:
        """Whether whoever leads now has a final report, accepted since the task was reopened."""
        report = self.reports.get(self.parts[0])
        accepted = report is not None and (report.state, report.proposed) == ("accepted", "completed")
        return accepted and not report.is_outdated

    def reopen(self) -> None:
        for report in self.reports.values():
            report.is_outdated = True

    @rule(stranger=stranger, half=mostly, whole_year=yes_or_no)
    def set_periods(self, stranger, half, whole_year):
        person = stranger or "office"
        dates = [
            workflow.PeriodDates(2024, PeriodKind.HALF_YEAR, self.half.opens_on, self.half.due_on),
            workflow.PeriodDates(2024, PeriodKind.WHOLE_YEAR, date(2024, 12, 15), date(2025, 1, 10)),
        ]
        refusal = self.by_office(person)
        refusal = refusal or (workflow.Refused if not half and self.reports else None)
        if not half and not refusal:
            return  # nothing could be reported any more: the rest of the story would be idle
        if self.attempt(
            lambda: workflow.set_periods(
                self.plan,
                [one for one, wanted in zip(dates, (half, whole_year), strict=True) if wanted],
                by=self.people[person],
                at=self.now,
            ),
            refusal,
            events=int(whole_year != self.has_whole_year),
        ):
            self.has_whole_year = whole_year

    # --- time --------------------------------------------------------------

    @rule()
    def a_day_passes(self):
        self.check_lights()
        self.check_days(list(self.days)[-1:])  # the others at the end, when most has happened since
        task = self.task
        handed_in = {name for name, one in self.reports.items() if one.state in ("submitted", "accepted")}
        self.days[self.now.date()] = (task.status, task.progress, task.due_on, task.status_reason, handed_in)
        self.now += timedelta(days=1)

    def as_of(self, day: date) -> tuple:
        day = Day.of(day, today=date(2026, 1, 1))
        task = Task.objects.as_of(day, with_light=False).get(pk=self.task_key)
        handed_in = ProgressReport.objects.handed_in(day).values_list("agency__name", flat=True)
        return task.status, task.progress, task.due_on, task.status_reason, set(handed_in)

    # --- what holds after every deed ---------------------------------------

    @invariant()
    def the_database_is_as_the_model_says(self):
        task = self.task
        assert (task.status, task.progress, task.due_on, task.version) == (
            self.status,
            self.progress,
            self.due,
            self.version,
        )
        assert [one.agency.name for one in task.assignments.order_by("position")] == self.parts
        rows = ProgressReport.objects.select_related("agency")
        assert {one.agency.name: (one.state, one.version, one.first_submitted_at) for one in rows} == {
            name: (one.state, one.version, next(iter(one.handed_in), None))
            for name, one in self.reports.items()
        }
        assert dict(task.receipts.values_list("agency__name", "state")) == self.receipts
        assert list(task.extensions.values_list("state", flat=True)) == self.extensions
        assert Event.objects.count() == self.events

    @invariant()
    def everybody_sees_what_is_theirs_to_see(self):
        for person in PEOPLE:
            told = {
                name
                for name, one in self.reports.items()
                if name == person
                or (one.submitted and one.state != "draft" and person in ("office", self.parts[0]))
            }
            seen = ProgressReport.objects.visible_to(self.people[person])
            assert set(seen.values_list("agency__name", flat=True)) == told, person

    def check_lights(self) -> None:
        """Dear, so once a day and at the end."""
        today = self.now.date()
        listed = Task.objects.as_of(Day(today)).for_rows().get(pk=self.task_key)
        assert listed.light_now == listed.reading(today).light == self.task.reading(today).light

    def check_days(self, days: Iterable[date]) -> None:
        """What the events tell of days that are over is what stood at their end."""
        for day in days:
            assert self.as_of(day) == self.days[day]


def test_whatever_they_do_the_database_stays_as_the_model_says(db):
    run_state_machine_as_test(
        Machine, settings=hypothesis.settings(max_examples=35, stateful_step_count=20, deadline=None)
    )
