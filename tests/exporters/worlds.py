"""Plans for the exports' tests, from small to large."""

from tasks.models import Assignment, AssignmentRole, Basis, Plan, Status, Task
from tests.factories import LONG_AGO, make_agency, make_section, make_task

REASON = {Status.DELAYED: "上位法尚未出台", Status.ADJUSTED: "并入第 1 项"}


def fill(plan: Plan, agencies: list, *, statuses=tuple(Status)) -> list[Task]:
    """Two chapters, the second without sections; a task in each status, the agencies leading in turn."""
    sections = [make_section(plan, 1, 1), make_section(plan, 1, 2), make_section(plan, 2, None)]
    tasks = []
    for number, status in enumerate(statuses, start=1):
        tasks.append(
            make_task(
                sections[(number - 1) * len(sections) // len(statuses)],
                [agencies[(number - 1 + place) % len(agencies)] for place in range(min(2, len(agencies)))],
                number=number,
                status=status,
                reason=REASON.get(status, ""),
                open_ended=number == 1,
                first_line=number * 2,
                last_line=number * 2 + 1,
            )
        )
    return tasks


def fill_quickly(plan: Plan, count: int, *, text: str = "推进知识产权强国建设各项工作落实到位。" * 3) -> None:
    """`count` tasks over eight sections, led by one of five agencies and joined by another; no events."""
    agencies = [make_agency(f"第{number}单位", position=number) for number in range(5)]
    sections = [make_section(plan, 1 + number // 2, 1 + number % 2) for number in range(8)]
    tasks = Task.objects.bulk_create(
        Task(
            plan=plan,
            section=sections[number * len(sections) // count],
            number=number + 1,
            text=text[: 10 + number % len(text)] + f"（任务{number + 1}）",
            updated_at=LONG_AGO,
        )
        for number in range(count)
    )
    Assignment.objects.bulk_create(
        Assignment(
            task=task,
            agency=agencies[(task.number + place) % 5],
            role=AssignmentRole.LEAD if place == 0 else AssignmentRole.PARTICIPANT,
            position=place + 1,
            basis=Basis.ORDER,
        )
        for task in tasks
        for place in range(2)
    )
