"""What a look at a page finds: barriers that axe-core knows, and how far it runs over the edge."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],  # of what is in order no list is wanted
}
# For a second theme, which differs in its colours alone.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}


def barriers(page: Page, rules: dict = RULES, context: dict | None = None) -> list[str]:
    found = Axe().run(page, context, options=rules).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'][:300]})"
        for violation in found
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> int:
    """How many pixels wider than the screen the page is."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
