"""Lines around a plan that are the web page's, the covering file's or the post room's, and nobody's text.

A plan saved from a government's site brings its index card, its print button and its contact line along.
Each is told by the word it begins with; what is not known stays a finding to be looked at.
"""

import re

_LABEL_WORDS = (
    "索引号 文号 发文字号 发文机关 发布机构 发文单位 发布单位 公开主体 主题分类 组配分类 分类"
    " 主题词 关键词 体裁分类 服务对象 成文日期 发文日期 发布日期 印发日期 生成日期 公开日期"
    " 发布时间 公开时间 更新时间 日期 时间 有效性 效力状态 时效性 名称 标题 来源 信息来源"
    " 文章来源 稿件来源 作者 编辑 责任编辑 审核 浏览 浏览次数 浏览量 阅读 点击 点击数 点击量"
    " 访问量 字号 字体 大小 公开形式 公开方式 公开选项 公开类别 公开属性 公开时限 信息公开选项"
    " 信息公开形式 信息公开类别 信息公开属性 序号 联系人 联系电话 联系方式 联系地址 联系单位 电话"
    " 传真 邮箱 电子邮箱 地址 通讯地址 邮编 邮政编码 附件 附件下载 相关附件 相关链接 相关文件"
    " 相关解读 相关阅读 上一篇 下一篇 上一条 下一条 抄送 抄报 分送 主送 报送"
)
_LABELS = tuple(_LABEL_WORDS.split())
_LABELLED = re.compile("[【\\[]?(?:" + "|".join(_LABELS) + ")：")
_BUTTON = re.compile(
    "[【\\[]?(?:打印|关闭|分享|扫一扫|返回|收藏|首页|网站首页|当前位置|您(?:当前|现在|所在)?的位置|字[号体]|大中小"
    "|版权所有|网站标识码|网站地图|无障碍|长者)|.*(?:ICP备|公网安备|全文如下：?$)|（此件.{0,8}公开.{0,6}）$"
)
_MARK_OF_LINKS = re.compile("相关(?:链接|稿件|文档|文件|阅读|报道|新闻|解读)：?")
_ANNEX_MARK = re.compile("附[件表](?:[0-9]{1,2}|[一二三四五六七八九])?：?")
_LISTED_ANNEX = re.compile(
    "[0-9]{1,2}[.、．][^。；]{2,60}(?:表|清单|名单|台账|[.](?:pdf|docx?|xlsx?|wps|ofd))"
)


def is_no_text(line: str) -> bool:
    """Whether a line, its spaces dropped, belongs to what is around a plan."""
    line = line.strip()
    return not line or any(
        pattern(line)
        for pattern in (
            _LABELLED.match,
            _BUTTON.match,
            _ANNEX_MARK.fullmatch,
            _LISTED_ANNEX.fullmatch,
            _MARK_OF_LINKS.fullmatch,
        )
    )


def is_annex_mark(line: str) -> bool:
    """Whether a line says that an annex begins: 附件, 附件2."""
    return _ANNEX_MARK.fullmatch(line.strip()) is not None


def is_mark_of_links(line: str) -> bool:
    """Whether a line says that links to other documents stand below: 相关链接."""
    return _MARK_OF_LINKS.fullmatch(line.strip()) is not None


def begins_with_label(text: str, colon: int) -> bool:
    """Whether the colon at `colon` stands behind one of the labels of an index card."""
    return text.endswith(_LABELS, 0, colon)
