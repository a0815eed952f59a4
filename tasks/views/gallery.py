"""The components with made-up values, in all their states: for whoever builds pages, under DEBUG alone.

A new component gets an entry in `examples`; a test says so if it has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace as Made
from typing import Any

from django.conf import settings
from django.contrib.messages import WARNING
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.forms import SignInForm
from agencies.models import Agency
from tasks.models import AssignmentRole, Light, Reading, Status, Task
from tasks.reporting import Standing
from tasks.templatetags.charts import Figure
from tasks.views.overview_links import HeatBy

TONES = ("primary", "nav", "seal", "instr", *Status.values, "green", "yellow", "red")
FOLDER = settings.BASE_DIR / "templates" / "components"


@dataclass(frozen=True)
class Example:
    """One component: what it is for, and the arguments of each state that is to be seen."""

    group: str
    words: str
    states: Sequence[Mapping[str, Any]] = ({},)


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    shown: dict[str, list[dict[str, Any]]] = {}
    for name, example in examples().items():
        files = [f"components/{name}.{kind}" for kind in ("html", "jinja")]
        pieces = [render_to_string(files, dict(state), request) for state in example.states]
        shown.setdefault(example.group, []).append({"name": name, "words": example.words, "pieces": pieces})
    missing = sorted(names() - examples().keys())
    return render(request, "gallery/page.html", {"groups": shown, "missing": missing, "tones": TONES})


def names() -> set[str]:
    """The components there are."""
    return {path.stem for path in FOLDER.iterdir()}


def examples() -> dict[str, Example]:
    """By the component's name, in the order of the page."""
    tasks = [
        _task(status, progress) for status, progress in zip(Status, (0, 45, 100, 80, 15, 40), strict=True)
    ]
    agencies = [
        Agency(pk=pk, name=name)
        for pk, name in enumerate(
            ("国家知识产权局", "中央宣传部", "农业农村部", "商务部", "海关总署"), start=1
        )
    ]
    figures = [
        Figure(count, "#", status.label, status.value)
        for status, count in zip(Status, (4, 31, 52, 12, 7, 4), strict=True)
    ]
    rows = [
        Made(
            label=label,
            heading=label,
            figures=[
                Figure(round(figure.count * size), "#", figure.label, figure.kind) for figure in figures
            ],
            total=Figure(round(110 * size), "#"),
            completed=Figure(round(52 * size), "#"),
            rate=0.47,
            tally=Made(total=round(110 * size)),
        )
        for label, size in (("一、制度", 0.3), ("二、保护", 0.5), ("三、市场", 0.2))
    ]
    readings = [
        Reading(Light.GREEN, "按计划推进"),
        Reading(Light.YELLOW, "距计划节点 12 天"),
        Reading(Light.RED, "已超过计划节点 3 天"),
        Reading(Light.GREY, "已完成，不再预警"),
    ]
    return {
        "status_badge": Example(
            "任务",
            "状态：图标＋文字＋颜色",
            [{"task": each} for each in tasks] + [{"task": tasks[4], "size": "bare"}],
        ),
        "report_badge": Example(
            "任务",
            "报送状态：图标＋文字＋颜色；未到期和不需报送无底色",
            [{"standing": standing} for standing in Standing],
        ),
        "light": Example(
            "任务",
            "预警灯：圆、三角、方，形状各不相同；title 写明原因；列表中绿灯转灰",
            [{"reading": each} for each in readings] + [{"reading": readings[0], "dim": True}],
        ),
        "progress": Example("任务", "进度条与数字", [{"task": each} for each in tasks]),
        "agency_chip": Example(
            "任务", "责任单位：牵头带前缀", [{"agency": agencies[0], "lead": True}, {"agency": agencies[1]}]
        ),
        "participants": Example(
            "任务",
            "参与单位：放不下的折叠为 +n 家；本单位突出；没有则为横线",
            [
                {"task": Made(participants=agencies[1:]), "mine": None},
                {"task": Made(participants=agencies[1:3]), "mine": agencies[2]},
                {"task": Made(participants=[]), "mine": None},
            ],
        ),
        "own_role": Example(
            "任务",
            "本单位的角色",
            [{"task": Made(role_of=lambda agency, role=role: role)} for role in AssignmentRole],
        ),
        "task_lines": Example(
            "任务",
            "一行一项的任务清单",
            [
                {
                    "lines": [
                        Made(task=_row(tasks[4], agencies[0], number), reading=reading)
                        for number, reading in enumerate(readings[1:3], start=44)
                    ],
                    "back": "/",
                    "caption": "需要关注的任务",
                    "acts": True,
                    "owing": {44},
                }
            ],
        ),
        "difference": Example(
            "任务",
            "文字的修改：删去与新增",
            [
                {
                    "runs": [
                        Made(kept="“剑网", taken="2023", put="2024"),
                        Made(kept="”专项行动", taken="、图书盗版专项整治", put=""),
                    ]
                }
            ],
        ),
        "feed": Example(
            "任务", "操作记录，最新在前", [{"events": [_event(), _event("completed")]}, {"events": []}]
        ),
        "kpi": Example(
            "图表",
            "指标：数字都可点",
            [
                {"label": "已完成", "kind": "completed", "figure": Figure(52, "#"), "rate": 0.47},
                {
                    "label": "推进中",
                    "kind": "in_progress",
                    "figure": Figure(31, "#"),
                    "beside": Figure(4, "#", "未启动"),
                    "besides": Figure(12, "#", "长期坚持"),
                },
                {"label": "预警", "red": Figure(7, "#"), "yellow": Figure(5, "#")},
            ],
        ),
        "legend": Example("图表", "图例", [{"figures": figures}]),
        "ring": Example(
            "图表",
            "状态环图",
            [
                {
                    "figures": figures,
                    "total": 110,
                    "share": 0.47,
                    "words": "完成率",
                    "caption": "任务按状态的构成",
                }
            ],
        ),
        "stacked_bars": Example(
            "图表", "堆叠条", [{"rows": rows, "longest": 55, "caption": "各章任务按状态的构成"}]
        ),
        "status_table": Example(
            "图表", "堆叠条的表格", [{"rows": rows, "heading": "章", "caption": "各章任务按状态的项数"}]
        ),
        "heat_table": Example("图表", "热力表：是真表格", [{"heat": _heat(rows), "shown": 2}]),
        "timeline": Example("图表", "按月的时间轴", [{"timeline": _timeline()}]),
        "day_picker": Example(
            "图表",
            "截至日期",
            [
                {
                    "day": Made(on=date(2024, 6, 30)),
                    "links": Made(heat=HeatBy.COUNT),
                    "plan": Made(pk=1, first_year=2024),
                    "today": date(2024, 11, 22),
                }
            ],
        ),
        "search_field": Example(
            "输入", "搜索框", [{"id": "gallery-search", "label": "搜索任务", "value": "地理标志"}]
        ),
        "field": Example(
            "输入",
            "字段：默认、可显示密码、出错",
            [
                {"field": SignInForm(auto_id="blank_%s")["username"]},
                {"field": SignInForm(auto_id="secret_%s")["password"], "secret": True},
                {"field": _wrong()["password"], "secret": True},
            ],
        ),
        "field_errors": Example("输入", "字段的错误：图标＋文字", [{"field": _wrong()["username"]}]),
        "password_rules": Example("输入", "密码要求"),
        "pager": Example("输入", "分页", [_page(1), _page(4)]),
        "alert": Example(
            "提示",
            "页内提示",
            [
                {"kind": "", "text": "上半年报送期已开始，07-20 截止。"},
                {"kind": "warn", "text": "还有 2 天截止，4 项任务未报送。"},
                {"kind": "err", "text": "保存失败：网络中断。内容已保留在本页，请重试。"},
                {"kind": "ok", "text": "第 44 项已更新为“已完成”。"},
            ],
        ),
        "past_day": Example("提示", "页面显示的是以往某天的情况", [{"on": date(2024, 7, 18), "back": "#"}]),
        "request_id": Example("提示", "请求编号，写在错误页末尾", [{"request_id": "4bf92f3577"}]),
        "idle": Example("提示", "长时间没有操作，登录即将退出（脚本复制后显示）", [{"limit": 1740}]),
        "failure": Example("提示", "脚本请求失败时的提示样板（template，平时不显示；见 failures.js）"),
        "notices": Example(
            "提示", "留在页面上的提示", [{"messages": [Message(WARNING, "第 3 项没有更新：须填写理由。")]}]
        ),
        "toasts": Example("提示", "操作成功后的提示，5 秒后消失（此处为空）", [{"messages": []}]),
        "plan_switch": Example("页面框架", "推进计划切换"),
        "top_search": Example("页面框架", "顶栏搜索"),
        "theme_switch": Example("页面框架", "浅色与深色", [{"theme": "light"}, {"theme": "dark"}]),
        "bell": Example(
            "页面框架",
            "通知：先是链接，页面载入后取数；未读条数、待办",
            [
                {"bell": Made(unread=3, badge="3", waiting=_waiting(), to_review=0)},
                {"bell": Made(unread=0, badge="0", waiting=_waiting(), to_review=0)},
                {"bell": Made(unread=0, badge="0", waiting=[], to_review=0)},
            ],
        ),
        "user_menu": Example("页面框架", "账号菜单"),
        "topbar": Example("页面框架", "顶栏", [{"nav": "ledger"}]),
        "bottom_bar": Example("页面框架", "底部导航（窄屏固定在底部）", [{"nav": "ledger"}]),
    }


# --- made-up values -----------------------------------------------------------------------------------


def _task(status: Status, progress: int) -> Task:
    return Task(pk=96, number=96, status=status, progress=progress, text="推进地理标志统一认定制度建设。")


def _row(task: Task, lead: Made, number: int) -> Made:
    return Made(
        pk=number,
        number=number,
        text=task.text,
        lead=lead.name,
        progress=task.progress,
        updated_at=timezone.now(),
        get_absolute_url="#",
    )


def _event(status: str = "delayed") -> Made:
    return Made(
        kind="task.status",
        after={"status": status},
        at=datetime(2024, 7, 20, 9, 30, tzinfo=timezone.get_default_timezone()),
        actor="联席会议办公室",
        sentence=f"将状态改为“{Status(status).label}”",
        rewritings=[],
        reason="跨部门意见尚未一致，送审时间推迟" if status == "delayed" else "",
        task=None,
    )


def _heat(rows: Sequence[Made]) -> Made:
    def cell(count: int, share: float, red: int = 0) -> Made:
        return Made(figure=Figure(count, "#"), share=share, red=red, words=str(count), title=f"{count} 项")

    lines = [
        Made(
            label=label,
            href="#",
            cells=[cell(count, count / 20, red) if count else None for count, red in cells],
            whole=cell(sum(count for count, _ in cells), 1),
            progress=62,
        )
        for label, cells in (
            ("国家知识产权局", [(12, 1), (20, 2), (3, 0)]),
            ("农业农村部", [(2, 0), (0, 0), (5, 0)]),
        )
    ]
    return Made(chapters=rows, rows=lines, by=HeatBy.COUNT, choices=[("#", by.label, False) for by in HeatBy])


def _timeline() -> Made:
    def month(number: int) -> Made:
        return Made(
            on=date(2024, number, 1),
            changes=(3, 8, 14, 6, 11, 20)[number - 1] if number < 7 else 0,
            href="#" if number < 7 else "",
            is_chosen=number == 6,
            is_later=False,
        )

    quarters = [
        Made(label=f"{name}季度", year=2024, months=[month(3 * place + i) for i in (1, 2, 3)])
        for place, name in enumerate("一二三四")
    ]
    return Made(quarters=quarters, most=20, since=0, is_over=False)


def _page(number: int) -> dict[str, Any]:
    paginator = Paginator(range(139), 20)
    page = paginator.get_page(number)
    return {
        "page": page,
        "pages": paginator.get_elided_page_range(page.number, on_each_side=1),
        "page_sizes": (20, 50, 100),
    }


def _waiting() -> list[tuple[Made, list[Made]]]:
    waiting = [
        Made(label=label, count=count, href="#")
        for label, count in (("待审核", 13), ("责任不符", 1), ("延期申请", 2))
    ]
    return [(Made(period="2024 年度"), waiting)]


def _wrong() -> SignInForm:
    form = SignInForm(data={}, auto_id="wrong_%s")
    form.is_valid()
    return form
