"""The command `import_plan`: what it prints, what it writes, and how it ends."""

import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from agencies.models import Agency
from importers.readers import MAX_BYTES
from tasks.models import Event, Plan
from tests.database import filled_by
from tests.importers.files import (
    PLAN_2023,
    PLAN_2024,
    corrected,
    dump,
    load_register,
    plan_text,
    with_task_after,
    without_task,
)

SENTENCE = re.compile(r"[^\n]*：[^\n]*[一-鿿][^\n]*\n")
SHANGHAI = ZoneInfo("Asia/Shanghai")
TASK = "推进修改。（商务部负责）"


@pytest.fixture
def register(db):
    filled_by(load_register)


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes, name: str = "计划.txt") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def run(*arguments: str, **options) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = StringIO(), StringIO()
    try:
        call_command("import_plan", *arguments, stdout=out, stderr=err, **options)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def shell(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """The command as a shell runs it, with no database that could be reached."""
    nowhere = {"DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3", "IPPLAN_SECRET_KEY": "k" * 60}
    return subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", "import_plan", *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | nowhere | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


# --- importing --------------------------------------------------------------------------------------


def test_both_plans_are_imported(register):
    code, out, err = run(str(PLAN_2023), str(PLAN_2024))

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [
        "《2023年知识产权强国建设纲要和“十四五”规划实施推进计划》已导入",
        "  任务 139 项：新增 139，更正 0，不变 0；责任单位 279 家次",
    ]
    assert "《2024年知识产权强国建设推进计划》已导入" in lines
    assert "  任务 110 项：新增 110，更正 0，不变 0；责任单位 230 家次" in lines
    assert list(Plan.objects.values_list("first_year", "source_name")) == [
        (2024, "2024.txt"),
        (2023, "2023.txt"),
    ]


def test_second_run_says_so_and_writes_nothing(register):
    run(str(PLAN_2024))
    before = dump()

    code, out, err = run(str(PLAN_2024))

    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == [
        "《2024年知识产权强国建设推进计划》与库中一致，没有改动",
        "  任务 110 项：新增 0，更正 0，不变 110；责任单位 230 家次",
    ]
    assert dump() == before


def test_dry_run_says_what_would_change_and_writes_nothing(register, file):
    run(str(PLAN_2024))
    before = dump()
    text = corrected(
        PLAN_2024,
        ("加快修订《国防专利条例》", "加快修改《国防专利条例》"),
        ("国家邮政局负责", "国家邮政局、公安部负责"),
    )

    code, out, err = run(file(text), "--dry-run")

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [
        "《2024年知识产权强国建设推进计划》可以导入",
        "  任务 110 项：新增 0，更正 2，不变 108；责任单位 231 家次",
    ]
    assert lines[-2:] == [
        "  更正第 8 项：正文 “加快修订《国防专利条例》。”→“加快修改《国防专利条例》。”",
        "  更正第 43 项：责任条款 “国家邮政局负责”→“国家邮政局、公安部负责”；"
        "责任单位 “国家邮政局（牵头）”→“国家邮政局（牵头）、公安部（参与）”",
    ]
    assert dump() == before


def test_dry_run_shows_inserted_tasks_and_moved_sections(register, file):
    run(file(plan_text(TASK)))

    text = plan_text("开展评估。（司法部按职责分工负责）", TASK).replace("（一）完善法律法规\n", "")
    _, out, _ = run(file(text), "--dry-run")

    assert out.splitlines()[-3:] == [
        "  更正章节标题",
        "  新增第 1 项：开展评估。",
        "  更正第 2 项：序号 “1”→“2”；章节 “第 1 章第 1 节”→“第 1 章”",
    ]


def test_changed_title_is_counted_and_shown(register, file):
    run(file(plan_text(TASK)))
    renumbered = plan_text(TASK, front="国知联办〔2024〕9号")

    _, out, _ = run(file(renumbered), "--dry-run")

    lines = out.splitlines()
    assert lines[1] == "  任务 1 项：新增 0，更正 0，不变 1；责任单位 1 家次；更正计划信息 1 处"
    assert lines[-1] == "  更正计划的文号：“”→“国知联办〔2024〕9号”"


def test_each_file_is_imported_by_itself(register, file):
    bad = file(PLAN_2024.read_text().replace("88.推动", "87.推动"))

    code, _, err = run(bad, str(PLAN_2023), "没有这个.txt")

    assert code == 2
    assert [plan.first_year for plan in Plan.objects.all()] == [2023]
    assert err.splitlines()[-1] == "没有这个.txt：没有这个文件，请核对路径。"


# --- unknown agencies -------------------------------------------------------------------------------


def test_unknown_agencies_are_listed_and_nothing_is_written(register, file):
    before = dump()
    path = file(plan_text("推进修改。（国家邮证局负责）", TASK, "推进。（商务部、国家邮证局负责）"))

    code, out, err = run(path)

    assert (code, err) == (
        1,
        f"{path}：登记册中没有这些单位：“国家邮证局”，没有写入，请先登记为别名或新单位\n",
    )
    assert out.splitlines()[-2:] == [
        "  登记册中没有的单位 1 个，请登记为别名后重新导入，或加 --register-unknown 登记为新单位：",
        "    国家邮证局：第 1 项（第 4 行）、第 3 项（第 6 行）；最接近的：国家邮政局",
    ]
    assert dump() == before


def test_many_mentions_of_an_unknown_agency_are_summed_up(register, file):
    _, out, _ = run(file(plan_text(*["推进修改。（查无此部负责）"] * 10)))

    places = "、".join(f"第 {number} 项（第 {number + 3} 行）" for number in range(1, 9))
    assert out.splitlines()[-1].startswith(f"    查无此部：{places}等 10 处")


def test_unknown_agencies_are_registered_when_asked(register, file):
    path = file(plan_text("推进修改。（交通运输部负责）"))

    assert run(path, "--dry-run", "--register-unknown")[0] == 0
    assert not Agency.objects.filter(name="交通运输部").exists()
    assert run(path, "--register-unknown")[0] == 0

    assert Plan.objects.get().tasks.get().lead == Agency.objects.get(name="交通运输部")


# --- bad input --------------------------------------------------------------------------------------

GAP = corrected(PLAN_2024, ("\n88.推动", "\n推动"))
BAD_INPUT = {
    "empty file": (b"", 2, "文件是空的，没有任何内容，请选择推进计划的文件。"),
    "blanks": (b" \n\n", 2, "文件里只有空白，没有文字，请选择推进计划的文件。"),
    "binary": (bytes(range(256)), 2, "第 1 行含有 NUL 字节"),
    "pdf": (b"%PDF-1.7\n", 2, "文件名以 .txt 结尾，内容却是PDF 文件，两者不符"),
    "no plan": ("今天天气很好。\n".encode(), 2, "没有找到“一、”“（一）”“1.”这样的章、节和任务编号"),
    "too large": (b"\xe4\xb8\x80" * (MAX_BYTES // 3 + 9), 2, "超过 20 MB 的上限"),
    "one byte too many": (b"a" * (MAX_BYTES + 1), 2, "超过 20 MB 的上限"),
}


@pytest.mark.parametrize(
    "options", [(), ("--dry-run",), ("--dry-run", "--json")], ids=["write", "dry", "json"]
)
@pytest.mark.parametrize(("content", "code", "sentence"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_what_is_no_plan_ends_with_one_sentence(db, file, content, code, sentence, options):
    path = file(content)

    ended, out, err = run(path, *options)

    assert (ended, out) == (code, "")
    assert sentence in err
    assert SENTENCE.fullmatch(err)
    assert err.startswith(f"{path}：")
    assert not Plan.objects.exists()


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=["write", "dry"])
@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        (corrected(PLAN_2024, ("\n88.推动", "\n98.推动")), 112, "88"),
        (corrected(PLAN_2024, ("\n88.推动", "\n87.推动")), 112, "87"),
        (
            corrected(PLAN_2024, ("典型案例。(联席会议办公室负责)", "典型案例。")),
            133,
            "第 106 项没有责任条款",
        ),
    ],
    ids=["gap", "repeated number", "task without clause"],
)
def test_faulty_plan_is_told_with_its_line_and_not_written(register, file, text, line, sentence, options):
    before = dump()
    path = file(text)

    code, out, err = run(path, *options)

    assert (code, err) == (1, f"{path}：计划中有需处理的错误，没有写入，请按提示修改文件后重新导入\n")
    faults = [remark for remark in out.splitlines() if remark.startswith("    需处理")]
    assert any(f"第 {line} 行" in fault and sentence in fault for fault in faults), faults
    assert dump() == before


def test_task_that_the_file_lacks_is_told_and_kept(register, file):
    run(str(PLAN_2024))
    before = dump()

    code, out, _ = run(file(without_task(PLAN_2024, 9)))

    assert code == 1
    assert out.splitlines()[0] == "《2024年知识产权强国建设推进计划》没有导入"
    assert "文件中没有库里的第 9 项“推进《知识产权领域中央与地方财政事权和支出责任划…”：" in out
    assert dump() == before


def test_directory_and_missing_file_end_with_one_sentence(tmp_path):
    assert run(str(tmp_path)) == (2, "", f"{tmp_path}：这是目录，不是文件，请指定推进计划的文件。\n")
    missing = str(tmp_path / "没有.txt")
    assert run(missing) == (2, "", f"{missing}：没有这个文件，请核对路径。\n")


def test_file_name_that_is_no_text_is_marked(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m.txt")
    Path(path).write_text("没有计划")

    code, _, err = run(path)

    assert code == 2
    assert err.startswith(f"{tmp_path}/\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[31m.txt：")


# --- JSON, without a database -----------------------------------------------------------------------


def test_json_is_the_contract_and_needs_no_database():
    ended = shell(str(PLAN_2024), "--dry-run", "--json")

    assert (ended.returncode, ended.stderr) == (0, "")
    plan = json.loads(ended.stdout)
    assert list(plan) == [
        "title",
        "years",
        "document_number",
        "issuer",
        "issued_on",
        "addressees",
        "preamble",
        "closing_rule",
        "chapters",
        "diagnostics",
    ]
    assert (plan["title"], plan["years"]) == ("2024年知识产权强国建设推进计划", [2024])
    tasks = [
        task for chapter in plan["chapters"] for section in chapter["sections"] for task in section["tasks"]
    ]
    assert (len(tasks), sum(len(task["agencies"]) for task in tasks)) == (110, 230)


def test_json_touches_no_database(file):
    # No `db` fixture: any query would fail the test.
    code, out, err = run(str(PLAN_2023), str(PLAN_2024), file("没有计划"), "--dry-run", "--json")

    first, second, third = json.loads(out)
    assert (code, first["years"], second["years"], third) == (2, [2023], [2024], None)
    assert err.count("\n") == 1


def test_json_of_a_faulty_plan_is_printed_and_ends_with_one(file):
    code, out, err = run(file(GAP), "--dry-run", "--json")

    assert (code, err) == (1, "")
    assert [each["severity"] for each in json.loads(out)["diagnostics"]].count("error") >= 1


def test_json_is_utf_8_wherever_it_is_printed():
    ended = shell(str(PLAN_2024), "--dry-run", "--json", PYTHONIOENCODING="ascii", LC_ALL="C")

    assert (ended.returncode, json.loads(ended.stdout)["years"]) == (0, [2024])


def test_json_goes_with_dry_run_only():
    with pytest.raises(CommandError, match="--json 只能与 --dry-run 同用") as refusal:
        call_command("import_plan", str(PLAN_2024), "--json")

    assert refusal.value.returncode == 2


def test_database_that_is_not_there_ends_with_one_sentence():
    ended = shell(str(PLAN_2024))

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "数据库不可用或尚未迁移，没有写入" in ended.stderr
    assert SENTENCE.fullmatch(ended.stderr)


def test_inserted_task_is_imported_from_the_command(register, file):
    run(str(PLAN_2024))

    code, out, _ = run(file(with_task_after(PLAN_2024, 8, "开展评估。(司法部负责)")))

    assert code == 0
    assert out.splitlines()[1] == "  任务 111 项：新增 1，更正 102，不变 8；责任单位 231 家次"


def test_an_old_plan_is_imported_as_of_the_day_it_was_issued(register, file):
    issued = corrected(
        PLAN_2024, ("工作部际联席会议办公室\n2024年知识", "工作部际联席会议办公室\n2024年3月1日\n2024年知识")
    )

    run(file(issued), "--as-issued")
    run(str(PLAN_2023), "--as-issued")

    days = {str(at.astimezone(SHANGHAI)) for at in Event.objects.values_list("at", flat=True)}
    assert days == {"2024-03-01 09:00:00+08:00", "2023-01-02 09:00:00+08:00"}
