"""The answers to requests that cannot be met: what happened, in Chinese, and what to do next.

A whole page where a page was asked for; one line of plain words where a fragment was, for failures.js to show
in the page that stands there with what was typed.
"""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from tasks.context import THEMES

_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def _answer(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(f"{title}。{advice}", status=status, content_type="text/plain; charset=utf-8")
    return render(request, "error.html", {"title": title, "advice": advice, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, _TOO_MUCH):
        return _answer(
            request, 413, "提交的内容太多，没有处理", "请减少一次提交的文字、附件或勾选的条目，分几次提交。"
        )
    return _answer(request, 400, "请求无法识别", "请返回上一页重新操作。")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(
        request, 403, "页面已过期，操作未执行", "请返回上一页，刷新后重新提交；已填写的内容可先复制保存。"
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(
        request, 403, "没有操作权限", "您的账号可以查看，不能修改。如需办理，请联系联席会议办公室。"
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and not user.sees_everything:
        # The same words for what is another agency's and for what never was.
        return _answer(request, 404, "没有找到这个页面", "它可能不存在，或不涉及您所在单位。")
    return _answer(request, 404, "没有找到这个页面", "地址可能有误，或内容已被移除，请检查地址。")


def wrong_method(request: HttpRequest) -> HttpResponse:
    return _answer(request, 405, "这个地址不能这样访问", "请返回上一页，用页面上的按钮操作。")


def conflict(request: HttpRequest) -> HttpResponse:
    return _answer(request, 409, "他人已先修改，您的修改没有保存", "请返回上一页，刷新后查看最新内容再修改。")


def server_error(request: HttpRequest) -> HttpResponse:
    """The one page that asks nothing of the site: no database, no session, no context processor."""
    title, advice = "系统出错，操作未完成", "请稍后重试；如仍出现，请把请求编号告知管理员。"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(f"{title}。{advice}", status=500, content_type="text/plain; charset=utf-8")
    theme = request.COOKIES.get("theme")
    facts = {
        "title": title,
        "advice": advice,
        "request_id": getattr(request, "request_id", ""),
        "theme": theme if theme in THEMES else "auto",
    }
    try:
        page = render_to_string("server_error.html", facts)
    except Exception:  # whatever broke may have broken the templates or the static files as well
        page = f'<!doctype html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{advice}</p>'
    return HttpResponse(page, status=500)
