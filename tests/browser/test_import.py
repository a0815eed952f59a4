"""/plans/import/ as the office uses it: from a file through the preview to the ledger, at both widths."""

import pytest
from playwright.sync_api import expect

from tasks.models import Plan
from tests.browser.barriers import barriers, overflow
from tests.factories import make_agency

PLAN = """2024年某省知识产权推进计划
为做好2024年工作，制定本计划。
一、完善制度
（一）法规
1.修改《某条例》。（国家知识产权局、农业农村部负责）
2.推进立法。（科技成果）（国家知识局负责）
二、加强保护
3.开展行动。（科技成果）（农业农村部负责）
4.加强执法。（科技成果）（农业农村部、国家知识产权局按职责分工负责）
"""


@pytest.fixture
def desk(signed_in, office, size):
    """The office's import page, with two agencies in the register."""
    for name in ("国家知识产权局", "农业农村部"):
        make_agency(name)
    page = signed_in(office, size)
    page.goto("/plans/import/")
    return page


def upload(page, tmp_path, text: str = PLAN) -> None:
    file = tmp_path / "推进计划.txt"
    file.write_text(text)
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="开始解析").click()
    expect(page.locator(".pt-sum")).to_be_visible(timeout=30_000)


def test_a_plan_is_uploaded_mapped_and_confirmed(desk, tmp_path):
    upload(desk, tmp_path)
    expect(desk.locator(".btn-primary[aria-disabled=true]")).to_have_text("下一步")

    desk.get_by_label("“国家知识局”对应到").select_option(label="国家知识产权局（名称相近）")
    desk.get_by_role("button", name="对应到所选单位").click()
    expect(desk.locator("#toasts")).to_contain_text("“国家知识局”已记为“国家知识产权局”的别名")
    desk.get_by_role("link", name="下一步").click()
    expect(desk.locator("tfoot")).to_contain_text("2 家")
    desk.get_by_role("button", name="确认入库 4 项").click()

    expect(desk.locator("h2.title")).to_have_text("2024年某省知识产权推进计划")
    assert Plan.objects.get().tasks.count() == 4


def test_a_repair_is_undone_where_it_is_shown(desk, tmp_path):
    upload(desk, tmp_path)
    desk.goto(desk.url + "?part=2.0")
    expect(desk.locator("#task-3 p").first).to_have_text("开展行动。")

    note = desk.locator(".pt-diag", has_text="第 8 行夹杂")
    note.get_by_role("button", name="撤销修复").click()

    expect(desk.locator("#task-3 p").first).to_contain_text("科技成果")
    expect(desk.get_by_role("button", name="恢复修复")).to_have_count(1)


def test_a_line_of_a_note_is_one_step_away(desk, tmp_path):
    upload(desk, tmp_path)

    desk.locator(".pt-diag", has_text="责任单位“国家知识局”").get_by_role("link", name="第 6 行").click()

    expect(desk.locator("#line-6")).to_be_in_viewport()
    expect(desk.locator("#line-6")).to_contain_text("2.推进立法。")


def test_what_is_no_plan_is_said_in_a_sentence(desk, tmp_path):
    file = tmp_path / "小说.txt"
    file.write_text("从前有座山。\n")
    desk.set_input_files("input[type=file]", file)
    assert (barriers(desk), overflow(desk)) == ([], 0)

    desk.get_by_role("button", name="开始解析").click()

    expect(desk.get_by_role("alert")).to_be_visible(timeout=30_000)
    expect(desk.get_by_role("button", name="换一个文件")).to_be_visible()
    assert Plan.objects.count() == 0


def test_a_chosen_file_can_be_let_go_of(desk, tmp_path, size):
    file = tmp_path / "推进计划.txt"
    file.write_text(PLAN)
    desk.set_input_files("input[type=file]", file)
    expect(desk.locator("[data-chosen]")).to_contain_text("推进计划.txt")

    desk.get_by_role("button", name="不用这个文件").click()

    expect(desk.locator("[data-chosen]")).to_be_hidden()
    assert desk.evaluate("document.querySelector('input[type=file]').files.length") == 0
    # Nobody drops a file on a phone.
    expect(desk.get_by_text("把文件拖到这里")).to_be_visible(visible=size == "wide")


def test_a_decision_is_taken_back_on_the_last_page(desk, tmp_path):
    upload(desk, tmp_path)
    desk.get_by_role("button", name="登记为新单位").click()
    desk.get_by_role("link", name="下一步").click()
    assert (barriers(desk), overflow(desk)) == ([], 0)

    desk.get_by_role("button", name="撤销对“国家知识局”的处理").click()

    expect(desk.get_by_label("“国家知识局”对应到")).to_have_value("")
    expect(desk.locator(".btn-primary[aria-disabled=true]")).to_have_text("下一步")


def test_from_a_line_of_the_source_back_to_its_note(desk, tmp_path):
    upload(
        desk, tmp_path, PLAN + "\n".join(f"{number}.继续工作。（农业农村部负责）" for number in range(5, 60))
    )
    note = desk.locator(".pt-diag", has_text="第 8 行夹杂")
    key = note.get_attribute("id")
    note.get_by_role("link", name="第 8 行").click()
    expect(desk.get_by_role("link", name="返回预览")).to_be_in_viewport()

    desk.locator("#line-8").get_by_role("link", name="已修复").click()

    expect(desk.locator(f"#{key}")).to_be_in_viewport()


def test_a_refusal_stays_where_it_is_seen(desk, tmp_path):
    upload(desk, tmp_path)
    address = desk.url.split("?")[0].split("#")[0]

    desk.goto(f"{address}confirmation/")

    expect(desk.get_by_role("alert")).to_contain_text("还有 1 处需要处理")
    desk.wait_for_timeout(5500)  # a toast would be gone
    expect(desk.get_by_role("alert")).to_be_in_viewport()
    assert (barriers(desk), overflow(desk)) == ([], 0)
