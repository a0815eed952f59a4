"""What `./dev bench` stands on: worlds that are like the real one, and counters that miss nothing."""

import os
import subprocess
import sys

import pytest

from tasks import search
from tasks.models import Event, Plan, Task
from tests.factories import make_agency, make_plan, make_section, make_task
from tools import bench_served, bench_web, bench_world


@pytest.fixture
def grown(office):
    """Two plans of three tasks, and copies of them up to twenty tasks."""
    for year in (2023, 2024):
        section = make_section(make_plan(year))
        agencies = [make_agency("国家知识产权局"), make_agency("农业农村部")]
        make_task(section, agencies, number=1, text="保护地理标志。开展试点；到2024年底完成。")
        make_task(section, agencies[:1], number=2, text="办好展会。")
        make_task(section, agencies[1:], number=3, text="加强宣传。")
    bench_world.grow(20)
    return Task.objects.filter(plan__in=Plan.objects.order_by("pk")[2:])


def test_copies_fill_up_to_the_size(grown):
    assert Task.objects.count() == 20
    assert [plan.tasks.count() for plan in Plan.objects.order_by("pk")] == [3, 3, 3, 3, 3, 3, 2]


def test_copies_stand_as_their_events_say(grown):
    for task in grown:
        told = Event.objects.filter(task=task).latest("at", "pk").after
        assert (task.status, task.progress, task.status_reason) == (
            told["status"],
            told["progress"],
            told["status_reason"],
        )
        assert task.version == task.events.count()
        assert task.assignments.count() == (2 if task.number == 1 else 1)


def test_copies_are_found_by_their_words(grown):
    with_words = {task.pk for task in Task.objects.all() if "地理标志" in task.text}
    assert len(with_words) == 7
    assert set(search.find(Task.objects.all(), "地理标志").values_list("pk", flat=True)) == with_words


def test_varied_keeps_the_sentences():
    text = "保护地理标志。开展试点；到2024年底完成。"
    assert bench_world.varied(text, 2010, 1) == "开展试点；到2010年底完成。保护地理标志。"
    assert bench_world.varied(text, 2010, 3) == "保护地理标志。开展试点；到2010年底完成。"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<b>6</b> 项符合条件", True),
        ("<b>16</b> 项符合条件", False),
        ("<b>1,006</b> 项", False),
        ("第 6 条", False),
    ],
)
def test_says_reads_the_number_of_tasks(page, said):
    assert bench_web.says(page.encode(), 6) is said


def test_says_reads_thousands():
    assert bench_web.says("<b>1,006</b> 项".encode(), 1006)


def test_milliseconds_of_counts_ended_children():
    before = bench_served.milliseconds_of(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True)
    own = bench_served.milliseconds_of(os.getpid()) - before
    assert own > 50
