"""Reading a page as a test wants it: its words, its links, and what is the same in every answer."""

import re


def words(response) -> str:
    """The page without its tags, blanks pressed together."""
    html = re.sub(r"<(script|svg|style)\b.*?</\1>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def links(html: str) -> list[str]:
    return re.findall(r'<a [^>]*?href="([^"]+)"', html)


def masked(response) -> str:
    """The page without what differs from request to request: CSRF tokens, and the address that was asked."""
    html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", response.content.decode())
    return re.sub(r'name="next" value="[^"]*"', "NEXT", html)
