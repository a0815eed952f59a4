"""检索: what is found is every task that contains the words and no other; its order, its index."""

import re
import subprocess
import sys
from functools import cache
from itertools import count

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import AgencyAlias
from importers.parsed import parse_plan
from importers.readers import read
from tasks import search, workflow
from tasks.filters import LedgerFilter
from tasks.models import AssignmentRole, Basis, Task, TaskSearch
from tasks.models import search as index
from tasks.models.search import fold
from tasks.search import indexing
from tests.database import filled_by
from tests.factories import make_agency, make_plan, make_section, make_task
from tests.importers.files import PLAN_2023, PLAN_2024
from tests.tasks.worlds import TODAY

_serial = count(1)


@cache
def _parsed(path):
    plan = parse_plan(read(path.read_bytes(), name=path.name))
    return [task for chapter in plan.chapters for section in chapter.sections for task in section.tasks]


@pytest.fixture
def real(db) -> list[Task]:
    """Both plans' tasks with their agencies."""
    return filled_by(_both_plans)


def _both_plans() -> list[Task]:
    tasks = []
    for path, year in ((PLAN_2023, 2023), (PLAN_2024, 2024)):
        section = make_section(make_plan(year), 1, 1, "完善地理标志")
        drafts = []
        for task in _parsed(path):
            namings = [
                workflow.Naming(
                    make_agency(one.name),
                    AssignmentRole.PARTICIPANT if place else AssignmentRole.LEAD,
                    Basis.ORDER,
                    one.name,
                )
                for place, one in enumerate(task.agencies)
            ]
            drafts.append(workflow.Draft(section, namings, {"number": task.number, "text": task.text}))
        tasks += workflow.create_tasks(drafts, by=None)
    return tasks


@pytest.fixture
def say(section):
    """A task with this text: say("…", agencies)."""

    def make(text: str, *agencies, **facts) -> Task:
        return make_task(section, list(agencies), text=text, **facts)

    return make


def _find(words: str, tasks=None) -> set[int]:
    tasks = Task.objects.all() if tasks is None else tasks
    return set(search.find(tasks, words).values_list("pk", flat=True))


def _containing(*words: str) -> set[int]:
    """The oracle: Python's `in`, over every task."""
    return {task.pk for task in Task.objects.all() if all(fold(word) in fold(task.text) for word in words)}


# --- what is found ------------------------------------------------------------------------------------


def test_the_two_plans_have_six_tasks_of_地理标志(real):
    found = search.find(Task.objects.all(), "地理标志").order_by("plan__first_year", "number")
    assert [(task.plan.first_year, task.number) for task in found] == [
        (2023, 37),
        (2023, 80),
        (2023, 81),
        (2023, 125),
        (2024, 69),
        (2024, 96),
    ]


def test_what_is_found_is_what_contains_the_words(real):
    """Pieces of the real texts of any length, alone and two together, against Python's `in`."""

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def check(data):
        words = []
        for task in data.draw(st.lists(st.sampled_from(real), min_size=1, max_size=2)):
            first = data.draw(st.integers(0, len(task.text) - 1))
            words.append(task.text[first : first + data.draw(st.integers(1, 12))])
        words = [word for word in words if not re.search(r"\s|\d|[《〈].*[》〉]", word)]
        # The name of an agency means more than its text, see below.
        words = [word for word in words if not search.read(word) or not search.read(word)[0].agency]
        assert _find(" ".join(words)) == _containing(*words)

    check()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("100%", ["甲"]),
        ("%", ["甲"]),
        ("_", ["乙"]),
        ("\\", ["乙"]),
        ("a_b", ["乙"]),
        ("A_B", ["乙"]),
        ("axb", []),
        ('"引"', ["丙"]),
        ("“引”", []),
        ("（试行）", ["丙"]),
        ("(试行)", ["丁"]),
        ("（", ["丙"]),
        ("rcep", ["丁"]),
        ("ＲＣＥＰ", ["丁"]),
        ("２０２５", ["丁"]),
        ("😀", ["戊"]),
        ("😀👍", ["戊"]),
        ("👍😀", []),
        ("STRASSE", ["戊"]),
        ("戊", ["戊"]),
        ("甲 落实", ["甲"]),
        ("落实　100%", ["甲"]),
        ("甲 乙", []),
        ("落实\x00甲", ["甲"]),
        ("\x00", ["甲", "乙", "丙", "丁", "戊"]),
        ("", ["甲", "乙", "丙", "丁", "戊"]),
        ("甲 甲", ["甲"]),
        ("OR", []),
        ("NEAR(", []),
        ("甲*", []),
        ("很" * 100, []),
    ],
)
def test_signs_are_themselves(words, found, say):
    texts = [
        "甲落实100%核验。",
        r"乙用a_b与c\d。",
        '丙（试行）"引"。',
        "丁RCEP(试行)2025年。",
        "戊😀👍Straße。",
    ]
    keys = {text[0]: say(text).pk for text in texts}
    assert _find(words) == {keys[name] for name in found}


@pytest.mark.parametrize("words", ["标志", "标", "理 标志", "地理标志、", "志、地", "标志。", "a b"])
def test_neighbours_across_marks_and_blanks(words, say):
    one, other = say("地理标志、地理名称。A　B"), say("地理名称和标识ab")
    expected = {task.pk for task in (one, other) if all(word in fold(task.text) for word in words.split())}
    assert _find(words) == expected


def test_it_narrows_what_it_is_given(real, client_of):
    """An agency finds among its own tasks alone; a task it may not see is not even counted."""
    person = make_agency("农业农村部")
    own = Task.objects.assigned_to(person)
    everywhere = _find("地理标志")
    mine = _find("地理标志", own)
    assert mine == everywhere & set(own.values_list("pk", flat=True))
    assert 0 < len(mine) < len(everywhere)


# --- what a word means ----------------------------------------------------------------------------------


def _numbers(words: str) -> list[tuple[int, int]]:
    found = search.find(Task.objects.all(), words).order_by("plan__first_year", "number")
    return list(found.values_list("plan__first_year", "number"))


def test_a_number_finds_the_task_of_that_number(real):
    for words in ("第45项", "第 45 项", "第４５项", "45", "４５", "45项", "第四十五项", "第 四十五 项"):
        assert _numbers(words) == [(2023, 45), (2024, 45)], words


def test_a_number_also_finds_the_texts_that_hold_it(say):
    number, holds, _ = say("甲", number=45), say("调研45个县", number=1), say("乙", number=46)
    assert _find("45") == {number.pk, holds.pk}
    assert _find("45 调研") == {holds.pk}
    assert _find("第45项") == {number.pk}
    assert [str(word) for word in search.read("45 第45项 调研")] == ["45（或第 45 项）", "第45项", "调研"]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("九十九", 99),
        ("一百", 100),
        ("一百零五", 105),
        ("一百〇五", 105),
        ("一百一十", 110),
        ("一百三十九", 139),
        ("百", None),
        ("十十", None),
        ("一二", None),
        ("百十一", None),
    ],
)
def test_chinese_numbers(written, number):
    assert search.meaning(f"第{written}项").number == number


def test_an_agency_finds_its_tasks_also_where_the_text_is_silent(say):
    mara, mofcom = make_agency("农业农村部"), make_agency("商务部")
    AgencyAlias.objects.create(agency=mara, name="农业部")
    AgencyAlias.objects.create(agency=mara, name="MARA")
    assigned = say("保护植物新品种", mofcom, mara)
    named = say("会同农业农村部和农业部开展工作", mofcom)
    say("农业农村工作", mofcom)
    for words in ("农业农村部", "农业部", "MARA", "mara", "ＭＡＲＡ"):
        holds = {named.pk} if "农业" in words else set()
        assert _find(words) == {assigned.pk} | holds, words
    assert _find("农业农村部 植物") == {assigned.pk}
    assert _find("农业农村") == {named.pk, Task.objects.get(text="农业农村工作").pk}
    (word,) = search.read("农业部", within=Task.objects.all())
    assert str(word) == "农业部（或单位：农业农村部）"


def test_an_agency_that_is_out_of_sight_means_nothing(say, lead):
    """Its name by another name would tell that it is in the register."""
    hidden = make_agency("国家保密局")
    AgencyAlias.objects.create(agency=hidden, name="机要局")
    say("甲", hidden)
    say("乙", lead.agency)
    visible = Task.objects.visible_to(lead)
    assert [str(word) for word in search.read("机要局", within=visible)] == ["机要局"]
    assert [str(word) for word in search.read("机要局", within=Task.objects.all())] == [
        "机要局（或单位：国家保密局）"
    ]
    hidden.is_withdrawn = True
    hidden.save()
    assert search.read("国家保密局", within=Task.objects.all())[0].agency is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("《商标法》", ["甲", "乙"]),
        ("《中华人民共和国商标法》", ["甲", "乙"]),
        ("〈商标法〉", ["甲", "乙"]),
        ("<商标法>", ["甲", "乙"]),
        ("商标法", ["甲", "乙", "丙", "丁"]),
        ("《商标法", ["甲", "丙"]),
        ("《商标法》及", ["甲"]),
        ("《Model Law》", ["丁"]),
        ("《model law》 丁", ["丁"]),
        ("《中华人民共和国》", []),
    ],
)
def test_titles(words, found, say):
    texts = [
        "甲修改《商标法》及条例",
        "乙修改《中华人民共和国商标法》",
        "丙《商标法实施条例》",
        "丁《Model Law》和商标法",
    ]
    keys = {text[0]: say(text).pk for text in texts}
    assert _find(words) == {keys[name] for name in found}


@pytest.mark.parametrize(
    ("words", "queries"),
    [("", 0), ("甲", 2), ("甲 乙 第3项 《丙》", 2), ("商务部 甲", 3), ("商务部 司法部 财政部 甲", 3)],
)
def test_reading_costs_as_many_queries_whatever_is_read(words, queries, say, django_assert_num_queries):
    say("甲", *(make_agency(name) for name in ("商务部", "司法部", "财政部")))
    with django_assert_num_queries(queries):
        search.read(words, within=Task.objects.all())


# --- the best first -------------------------------------------------------------------------------------


def _ranked(words: str) -> list[str]:
    asked = search.read(words)
    return [task.text[0] for task in search.ranked(search.narrow(Task.objects.all(), asked), asked)]


def test_order_is_whole_words_then_many_then_early_then_newest(say):
    for text in ["甲发展商标法学研究", "乙修改商标法", "丙修改商标法并宣传商标法", "丁商标法"]:
        say(text)
    older = make_section(make_plan(2020))
    make_task(older, text="戊商标法")
    assert "商标法" not in search.cut("甲发展商标法学研究")
    assert _ranked("商标法") == ["丙", "丁", "戊", "乙", "甲"]


def test_the_task_of_the_number_comes_first(say):
    say("甲推进45项45家", number=3)
    say("乙", number=45)
    assert _ranked("45") == ["乙", "甲"]


def test_the_ledger_offers_relevance_for_words_alone(say, office):
    for number, text in enumerate(["甲说商标", "乙商标商标", "丙"], start=1):
        say(text, number=number)

    def ledger(query: str) -> LedgerFilter:
        return LedgerFilter(QueryDict(query), user=office, today=TODAY)

    def order(query: str) -> tuple[str, list[str]]:
        return ledger(query).order, [task.text[0] for task in ledger(query).qs]

    assert order("q=商标") == ("relevance", ["乙", "甲"])
    assert order("q=商标&sort=number") == ("number", ["甲", "乙"])
    assert order("q=商标&sort=relevance") == ("relevance", ["乙", "甲"])
    assert order("sort=relevance") == ("number", ["甲", "乙", "丙"])
    assert ("relevance", "按相关度") in ledger("q=商标").sorts
    assert "relevance" not in dict(ledger("").sorts)


# --- the index ------------------------------------------------------------------------------------------


def _indexed(text: str) -> list[int]:
    """What the database's index finds, past the folded text."""
    asked = index.pairs(fold(text))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT rowid FROM task_pairs WHERE task_pairs MATCH %s", [f'"{" ".join(asked)}"'])
        else:
            cursor.execute(
                "SELECT task_id FROM tasks_tasksearch WHERE string_to_array(pairs, ' ') @> %s::text[]",
                [asked],
            )
        return sorted(row[0] for row in cursor.fetchall())


def test_the_index_follows_a_task(say):
    task, other = say("开展试点工作", number=1), say("开展宣传", number=2)
    assert _indexed("试点") == [task.pk]
    workflow.correct_tasks(
        {
            task.pk: workflow.Correction({"text": "开展示范工作", "number": 2}),
            other.pk: workflow.Correction({"number": 1}),
        },
        by=None,
    )
    assert (_indexed("试点"), _indexed("示范"), _find("示范"), _find("试点")) == (
        [],
        [task.pk],
        {task.pk},
        set(),
    )
    assert TaskSearch.objects.get(task=task).words == " 开展 示范 工作 "
    TaskSearch.objects.filter(task=other).update(pairs="甲乙")
    assert (_indexed("宣传"), _indexed("甲乙")) == ([], [other.pk])
    TaskSearch.objects.filter(task=task).delete()  # goes with its task; an event keeps that from going
    assert _indexed("示范") == []


def test_every_task_has_its_row(real):
    assert TaskSearch.objects.count() == len(real) == 249


def test_the_migration_fills_in_tasks_that_are_there(say):
    task = say("开展地理标志保护")
    TaskSearch.objects.all().delete()
    assert _find("地理标志") == set()
    index.fill(apps, None)
    assert _find("地理标志") == {task.pk}
    assert TaskSearch.objects.get().words == " "
    index.fill(apps, None)  # what has a row is left alone


def test_the_command_cuts_everything_anew(say, capsys):
    task = say("加强华夏知识保护局的协调")
    assert "华夏知识保护局" not in TaskSearch.objects.get(task=task).words
    make_agency("华夏知识保护局")
    try:
        call_command("index_search")
        assert " 华夏知识保护局 " in TaskSearch.objects.get(task=task).words
        assert capsys.readouterr().out == "检索：已重新处理 1 项任务\n"
    finally:
        indexing._cutter.cache_clear()
        indexing._cut_run.cache_clear()


def test_a_withdrawn_agency_is_no_word(say):
    make_agency("华夏知识保护局", is_withdrawn=True)
    assert "华夏知识保护局" not in indexing._own_words()


def test_own_words_are_names_titles_and_headings(say):
    AgencyAlias.objects.create(agency=make_agency("商务部"), name="MOFCOM")
    say("修改《中华人民共和国商标法》和《集体商标、证明商标注册和管理办法》")
    assert indexing._own_words() == {"商务部", "mofcom", "商标法", "第1节标题"}


def test_indexing_costs_a_query_for_a_thousand(section, django_assert_num_queries):
    tasks = [make_task(section, text=f"开展第{number}批试点") for number in range(5)]
    with django_assert_num_queries(1):
        assert search.index(tasks) == 5
    with django_assert_num_queries(0):
        assert search.index([]) == 0


def test_many_tasks_are_created_with_one_query_for_their_rows(section, django_assert_num_queries):
    def create(number: int) -> None:
        drafts = [
            workflow.Draft(section, [], {"number": next(_serial), "text": "开展试点"}) for _ in range(number)
        ]
        workflow.create_tasks(drafts, by=None)

    with django_assert_num_queries(1 + 2 + 2):  # savepoint and its release; task and event; the row
        create(1)
    with django_assert_num_queries(1 + 2 + 2 * 10):
        create(10)


def _plan_of(queryset) -> str:
    return queryset.explain()


def test_a_search_uses_the_index(section):
    tasks = [
        Task(
            plan=section.chapter.plan,
            section=section,
            number=n,
            text=f"第{n}批地方试点",
            updated_at="2024-01-01T00:00Z",
        )
        for n in range(1, 2000)
    ]
    search.index(Task.objects.bulk_create(tasks))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    found = search.find(Task.objects.all(), "第77批")
    plan = _plan_of(search.ranked(found, search.read("第77批")))
    assert found.count() == 1
    if connection.vendor == "sqlite":
        assert "SCAN task_pairs VIRTUAL TABLE" in plan
        assert "SCAN tasks_task\n" not in plan
        assert "SCAN tasks_tasksearch" not in plan
    else:
        assert "Bitmap Index Scan on task_pairs" in plan


# --- suggestions ----------------------------------------------------------------------------------------


def _suggested(tasks, words: str) -> list[tuple[str, str, int | None]]:
    return [(one.kind, one.words, one.tasks) for one in search.suggest(tasks, words)]


def test_suggestions_go_on_with_what_was_typed(say):
    say("实施地理标志保护工程，参与《中欧地理标志协定》", make_agency("国家知识产权局"))
    say("推进地理标志品牌和乡村振兴")
    say("推进地理信息共享和乡村振兴")
    assert _suggested(Task.objects.all(), "地理") == [
        ("word", "地理标志", 2),
        ("word", "地理信息", 1),
        ("instrument", "《中欧地理标志协定》", 1),
        ("related", "地理 乡村", 2),
        ("related", "地理 振兴", 2),
    ]
    assert _suggested(Task.objects.all(), "乡村 地理信") == [("word", "乡村 地理信息", 1)]
    assert _suggested(Task.objects.all(), "") == _suggested(Task.objects.all(), " ") == []


def test_suggestions_of_numbers_and_agencies(say):
    mara, alias = make_agency("农业农村部"), make_agency("商务部")
    AgencyAlias.objects.create(agency=alias, name="农工商部")
    make_agency("农业无关局")
    say("甲", mara, alias, number=45)
    assert _suggested(Task.objects.all(), "45") == [("task", "第45项", 1)]
    assert _suggested(Task.objects.all(), "46") == []
    assert _suggested(Task.objects.all(), "农") == [
        ("agency", "农业农村部", None),
        ("agency", "商务部", None),
    ]


def test_each_counted_suggestion_finds_as_many(real):
    for words in ("地理", "商标", "专利 转", "《商", "农业", "45"):
        for one in search.suggest(Task.objects.all(), words):
            found = search.find(Task.objects.all(), one.words).count()
            assert found > 0, one
            if one.tasks is not None:
                assert found == one.tasks, one


def test_nothing_out_of_sight_is_suggested(say, lead):
    """The canary stands in word, instrument, agency and number of a task that `lead` may not see."""
    say("金丝雀《金丝雀管理办法》养护金丝雀羽毛", make_agency("金丝雀局"), number=77)
    say("观察金丝鸟", lead.agency, number=78)
    everything, visible = Task.objects.all(), Task.objects.visible_to(lead)
    for words in ("金", "金丝", "金丝雀", "《金", "77", "观察 金"):
        assert "雀" not in str(search.suggest(visible, words))
        assert "77" not in str(search.suggest(visible, words))
    assert "雀" in str(search.suggest(everything, "金"))
    assert "77" in str(search.suggest(everything, "77"))
    assert search.instead(visible, "金丝雀观察") == ["观察"]


def test_suggestions_cost_at_most_four_queries(real, django_assert_max_num_queries):
    for words in ("地理", "商务部 地理", "45", "商务部 司法部 地理 45", "《商"):
        with django_assert_max_num_queries(4):
            search.suggest(Task.objects.all(), words)


def test_the_suggestions_page(say, client_of, lead):
    say("修改<b>&《商标法》", lead.agency)
    client = client_of(lead)
    body = client.get("/tasks/suggest/", {"q": "商标"}).content.decode()
    assert re.findall('data-words="([^"]*)"', body) == ["商标法", "《商标法》"]
    assert client.get("/tasks/suggest/", {"q": "修改<"}).content.decode().count("<b>") == 0
    say("商标金丝雀", make_agency("金丝雀局"))
    for words in ("商标", "金", "金丝雀"):
        assert "雀" not in client.get("/tasks/suggest/", {"q": words}).content.decode()
    for words in ("\x00", "%", "'\"<>", "很" * 5000, "《", "第项", "\ud7ff😀"):
        assert client.get("/tasks/suggest/", {"q": words}).status_code == 200
    assert client.get("/tasks/suggest/").content.decode().count("option") == 0


# --- nothing found --------------------------------------------------------------------------------------


def test_narrower_words_are_proposed(say):
    say("加强地理标志产品保护")
    say("推进海关执法")
    assert search.instead(Task.objects.all(), "地理标志火星") == ["地理标志"]
    assert search.instead(Task.objects.all(), "海关地理标志") == ["海关", "地理标志"]
    assert search.instead(Task.objects.all(), "地理标志大保护") == ["地理标志 保护", "地理标志", "保护"]
    assert search.instead(Task.objects.all(), "火星") == []


def test_the_ledger_links_to_narrower_words(say, client_of, office):
    say("加强地理标志保护", number=1)
    body = client_of(office).get("/tasks/", {"q": "地理标志火星", "light": "grey"}).content.decode()
    assert "试试" not in body  # nor under the other conditions
    body = client_of(office).get("/tasks/", {"q": "地理标志火星"}).content.decode()
    assert (
        '试试：</span><a class="pt-chip" href="?q=%E5%9C%B0%E7%90%86%E6%A0%87%E5%BF%97">地理标志</a>' in body
    )


# --- jieba ----------------------------------------------------------------------------------------------


def test_jieba_is_not_loaded_by_importing_the_product():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); import ipplan.urls, tasks.workflow, tasks.search, sys;"
            "sys.exit('jieba' in sys.modules)",
        ],
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_jieba_keeps_its_dictionary_in_a_folder_of_its_own(settings, tmp_path, db, capfd):
    settings.JIEBA_DIR = tmp_path / "deep" / "jieba"
    search.warm()
    assert [path.name for path in settings.JIEBA_DIR.iterdir()] == ["jieba.cache"]
    assert settings.JIEBA_DIR.stat().st_mode & 0o777 == 0o700
    assert capfd.readouterr() == ("", "")
