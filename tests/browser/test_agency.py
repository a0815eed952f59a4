"""What an agency's contact and a leader see in a browser: their tasks, and nothing to change them with."""

import re

import pytest
from playwright.sync_api import expect

from tests.tasks.worlds import task_named, world

__all__ = ["world"]


def test_contact_sees_exactly_its_tasks(signed_in, world, size):
    page = signed_in(world.user_of(world.mara), size)
    page.goto("/tasks/")
    shown = page.locator("tr[id^=task-] td.pt-no").filter(visible=True)
    expect(shown).to_have_text(["1", "2", "5"])
    roles = page.locator("tr[id^=task-] .pt-role").filter(visible=True)
    expect(roles).to_have_text(["参与", "牵头", "参与"])
    offered = page.locator("select[name=agency]").locator("option").all_text_contents()
    assert offered == ["全部", "国家知识产权局", "农业农村部", "联席会议成员单位"]


def test_contact_narrows_to_what_it_leads(signed_in, world):
    page = signed_in(world.user_of(world.mara))
    page.goto("/tasks/")
    page.get_by_role("radiogroup", name="单位角色").get_by_text("牵头").click()
    expect(page).to_have_url(re.compile(r"\?role=lead$"))
    expect(page.locator("tr[id^=task-] td.pt-no")).to_have_text(["2"])


def test_contact_meets_the_page_of_nothing_for_another_agencys_task(signed_in, world, complaints):
    complaints.expect("404")
    page = signed_in(world.user_of(world.mara))
    page.goto(task_named("24/3").get_absolute_url())
    expect(page.get_by_role("heading", name="没有找到这个页面")).to_be_visible()


@pytest.mark.parametrize("person", ["contact", "leader"])
@pytest.mark.parametrize("address", ["ledger", "task", "plan"])
def test_reader_finds_no_control(person, address, signed_in, world, leader, size):
    page = signed_in(leader if person == "leader" else world.user_of(world.mara), size)
    task = task_named("24/2")
    addresses = {
        "ledger": "/tasks/",
        "task": task.get_absolute_url(),
        "plan": task.plan.get_absolute_url(),
    }
    page.goto(addresses[address])
    expect(page.get_by_text("保护植物新品种。").filter(visible=True).first).to_be_visible()
    main = page.get_by_role("main")
    expect(main.locator("form[method=post]")).to_have_count(0)
    expect(main.locator("input[name=task], [href*='/status']")).to_have_count(0)
