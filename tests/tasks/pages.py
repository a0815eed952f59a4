"""Reading a page as a test wants it: its words, its links, and what is the same in every answer."""

import re
from html import unescape


def words(response) -> str:
    """The page without its tags, blanks pressed together."""
    html = re.sub(r"<(script|svg|style)\b.*?</\1>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def links(html: str) -> list[str]:
    return re.findall(r'<a [^>]*?href="([^"]+)"', html)


def promised(response) -> dict[str, int]:
    """The addresses of numbers on the page, each with how many tasks it says the ledger lists there."""
    found = re.findall(r'href="([^"]+)" data-count="(\d+)"', response.content.decode())
    assert response.content.decode().count("data-count=") == len(found)
    return {unescape(address): int(count) for address, count in found}


def listed(client, address: str) -> int:
    """How many tasks the ledger, or a list of the desk, holds at this address; its conditions must all be
    understood.
    """
    answer = client.get(address)
    if address.startswith("/my/receipts/"):
        return len(answer.context["rows"])
    if address.startswith("/my/"):
        return sum(len(table.rows) for table in answer.context["tables"])
    assert (answer.status_code, answer.context["errors"]) == (200, [])
    return answer.context["page"].paginator.count


def masked(response) -> str:
    """The page without what differs from request to request: tokens, addresses, the request's number."""
    html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", response.content.decode())
    return re.sub(r'name="next" value="[^"]*"|[?]next=[^"]*"|<code>\w+</code>', "NEXT", html)
