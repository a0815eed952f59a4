"""What comes out of the printer: the paper and the margins of each kind of page.

In Chromium the last @page in force wins, one without a name above all named before it: a style sheet in the
wrong order takes a page's margins away, and nobody sees it on the screen.
"""

import re
import subprocess

from django.utils import timezone
from playwright.sync_api import expect

from tasks.models import Plan

MM = 72 / 25.4
A4 = (210, 297)
# Address: paper, and where the letters may begin at the left and at the top, in millimetres. A bracket or a
# quotation mark may hang out of a line by half a sign; headings keep a little room above them.
PAPER = {
    "/plans/{plan}/": (A4, (25, 29), (35, 42)),  # GB/T 9704
    "/tasks/{task}/": (A4, (19, 23), (17, 26)),
    "/?plan={plan}": (A4, (10, 15), (13, 22)),
    "/tasks/?plan={plan}": (A4[::-1], (10, 15), (13, 22)),
    "/supervision/?plan={plan}": (A4[::-1], (10, 15), (13, 22)),
    "/supervision/bulletin/?plan={plan}": (A4, (10, 15), (9, 22)),
    "/agencies/?plan={plan}": (A4, (15, 20), (17, 26)),  # the paper of all other pages
}


def test_paper_and_margins(site, visit, tmp_path):
    plan = Plan.objects.get(first_year=2024)
    found = []
    for address, (paper, left, top) in PAPER.items():
        page = visit(address.format(plan=plan.pk, task=plan.tasks.first().pk), site["office"])
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        size, letters = _first_page(tmp_path / "page.pdf")
        x, y = (min(places) for places in zip(*letters, strict=True))
        if tuple(map(round, size)) != paper or not (left[0] <= x <= left[1] and top[0] <= y <= top[1]):
            found.append(f"{address}: {size}, letters from {x:.1f} and {y:.1f}")
    assert not found, "\n".join(found)


def test_document_is_read_as_asked_and_printed_whole(site, visit):
    plan = Plan.objects.get(first_year=2024)
    lights = [task.reading(timezone.localdate()).light for task in plan.tasks.for_rows()]
    page = visit(plan.get_absolute_url(), site["office"])

    page.get_by_text("红黄灯", exact=True).click()
    expect(page.locator(".tk:visible")).to_have_count(lights.count("red") + lights.count("yellow"))
    page.get_by_text("状态标注").click()
    expect(page.locator(".m-l:visible, .m-r:visible")).to_have_count(0)

    page.emulate_media(media="print")
    assert page.locator(".tk:visible").count() == len(lights)
    assert page.locator(".pt-reading").is_hidden()
    page.emulate_media(media="null")


def _first_page(file) -> tuple[tuple[float, float], list[tuple[float, float]]]:
    """Its width and height, and where each word begins, in millimetres."""
    told = subprocess.run(  # noqa: S603
        ["pdftotext", "-bbox", "-l", "1", str(file), "-"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    width, height = re.search(r'<page width="([\d.]+)" height="([\d.]+)"', told).groups()
    words = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)"', told)
    return (float(width) / MM, float(height) / MM), [(float(x) / MM, float(y) / MM) for x, y in words]
