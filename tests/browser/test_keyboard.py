"""Without a mouse: where the focus is can be seen at every step, it goes as the eye does, it comes back."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tasks.models import Plan, ProgressReport

# What has the focus, where, and whether anything is drawn around it: by itself, by what it draws after
# itself, or by the label or the cell that stands for it.
FOCUS = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const {left, top, width} = at.getBoundingClientRect();
  const drawn = (element, part) => {
    const {boxShadow, outlineStyle, outlineColor} = getComputedStyle(element, part);
    return boxShadow !== "none" || (outlineStyle !== "none" && !outlineColor.endsWith(", 0)"));
  };
  const bar = at.querySelector(":scope > rect");
  return {
    what: at.outerHTML.slice(0, 120),
    row: Math.round(top + scrollY), left: Math.round(left), runsOn: getComputedStyle(at).display === "inline",
    isSeen: drawn(at) || drawn(at, "::after") || drawn(at.parentElement)
      || Boolean(at.closest("label") && drawn(at.closest("label")))
      || Boolean(bar && parseFloat(getComputedStyle(bar).strokeWidth) > 2),
  };
}"""
PAGES = {
    "/tasks/?plan={plan}&status=delayed": "office",
    "/tasks/{task}/": "office",
    "/my/?plan={plan}": "mara",
    "/review/{report}/": "office",
    "/supervision/bulletin/?plan={plan}": "leader",
    "/exports/?plan={plan}": "office",
}
MOST_STEPS = 320


def _steps(page) -> list[dict]:
    found = []
    while len(found) < MOST_STEPS:
        page.keyboard.press("Tab")
        if (at := page.evaluate(FOCUS)) is None:
            return found
        found.append(at)
    raise AssertionError("the focus never leaves the page")


def test_focus_is_seen_and_goes_as_the_eye_does(site, visit):
    plan = Plan.objects.get(first_year=2024)
    report = ProgressReport.objects.filter(task__plan=plan).awaiting_review().first()
    keys = {"plan": plan.pk, "task": plan.tasks.first().pk, "report": report.pk}
    found = []
    for address, person in PAGES.items():
        steps = _steps(visit(address.format(**keys), site[person]))
        assert len(steps) > 10, address
        found += [f"{address}: not seen: {step['what']}" for step in steps if not step["isSeen"]]
        for one, next_one in pairwise(steps):
            same_row = abs(one["row"] - next_one["row"]) < 12
            if same_row and next_one["left"] < one["left"] - 4 and not next_one["runsOn"]:
                found.append(f"{address}: back from {one['what']} to {next_one['what']}")
    assert not found, "\n".join(found)


@pytest.fixture
def ledger(site, visit):
    plan = Plan.objects.get(first_year=2024)
    return visit(f"/tasks/?plan={plan.pk}&status=delayed", site["office"])


def test_a_menu_closes_when_the_focus_leaves_it_and_gives_it_back_on_escape(ledger):
    menu = ledger.locator("#menu-status")
    ledger.locator("#sum-status").press("Enter")
    expect(menu).to_have_attribute("open", "")
    ledger.locator("#f-adjusted").focus()
    ledger.keyboard.press("Escape")
    expect(ledger.locator("#sum-status")).to_be_focused()

    ledger.keyboard.press("Enter")
    ledger.locator("#f-adjusted").focus()
    ledger.keyboard.press("Tab")
    expect(ledger.locator("#sum-light")).to_be_focused()
    expect(menu).not_to_have_attribute("open", "")


@pytest.mark.parametrize("opener", ["#save-view", "[data-export]", ".pt-head a[data-dialog] >> nth=0"])
def test_a_dialog_keeps_the_focus_and_gives_it_back(ledger, opener):
    ledger.locator(opener).press("Enter")
    dialog = ledger.locator("#dialog")
    expect(dialog.locator("h2")).to_be_visible()
    for _ in range(30):
        ledger.keyboard.press("Tab")
        assert ledger.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('#dialog') !== null"
        )
    ledger.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(ledger.locator(opener)).to_be_focused()


def test_a_menu_that_would_run_over_the_edge_turns(ledger):
    ledger.set_viewport_size({"width": 1024, "height": 700})
    ledger.locator("#sum-further").click()
    expect(ledger.locator("#menu-further.to-left")).to_be_visible()
    box = ledger.locator("#menu-further .pt-menu").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1024
