"""The pages for requests that cannot be answered: what happened, in Chinese, and what to do next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def _page(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    return render(request, "error.html", {"title": title, "advice": advice, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400, "请求无法识别", "请返回上一页重新操作。")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request, 403, "页面已过期，操作未执行", "请返回上一页，刷新后重新提交；已填写的内容可先复制保存。"
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, "没有操作权限", "您的账号可以查看，不能修改。如需办理，请联系联席会议办公室。")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, "没有找到这个页面", "它可能不存在，或不涉及您所在单位。")


def wrong_method(request: HttpRequest) -> HttpResponse:
    return _page(request, 405, "这个地址不能这样访问", "请返回上一页，用页面上的按钮操作。")


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(request, 500, "系统出错，操作未完成", "请稍后重试；如仍出现，请把出现的时间告知管理员。")
