"""The tags and filters of templates: icons, lights, instruments, dates, folded names."""

import re
from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tasks.instruments import instruments_in
from tasks.models import Light, Status
from tasks.templatetags import ui

BEIJING = ZoneInfo("Asia/Shanghai")


def _rendered(source: str, **context) -> str:
    return Template(source).render(Context(context))


def _text(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


# --- icons -------------------------------------------------------------------------------------------


def test_icon_points_into_the_sprite():
    assert (
        _rendered('{% icon "search" %}') == '<svg class="i" aria-hidden="true"><use href="#i-search"/></svg>'
    )
    assert 'class="i i-20"' in _rendered('{% icon "search" 20 %}')


def test_unknown_icon_is_a_mistake():
    with pytest.raises(TemplateSyntaxError, match="no icon is called 'serach'"):
        _rendered('{% icon "serach" %}')


def test_sprite_holds_every_drawing_once():
    sprite = _rendered("{% icon_sprite %}")
    drawings = re.findall(r'<symbol id="([^"]+)" viewBox="[^"]+">(.*?)</symbol>', sprite, re.S)
    assert [name for name, _ in drawings] == [f"i-{n}" for n in ui.ICONS] + [f"light-{n}" for n in ui.LIGHTS]
    assert [
        name for name, drawing in drawings if not drawing.lstrip().startswith("<") or "<svg" in drawing
    ] == []
    assert re.findall(r"style=|<style|on\w+=|<script", sprite) == []


def test_every_status_and_light_has_a_drawing_of_its_own():
    statuses = [_rendered("{% status_icon s %}", s=status.value) for status in Status]
    lights = [_rendered("{% light_icon light %}", light=light.value) for light in Light]
    assert len(set(statuses)) == len(Status)
    assert {light.value for light in Light} == set(ui.LIGHTS)
    assert (
        len({re.sub(r'fill="[^"]*"', "", shape) for shape in ui.LIGHTS.values()})
        == len(set(lights))
        == len(Light)
    )


# --- instruments -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("加强宣传。", []),
        ("修改《商标法》和《专利法》。", ["《商标法》", "《专利法》"]),
        ("印发《关于落实〈纲要〉的通知》。", ["《关于落实〈纲要〉的通知》"]),
        ("印发《关于落实《纲要》的通知》。", ["《关于落实《纲要》的通知》"]),
        ("没有收尾的《商标法。", []),
        ("《》", ["《》"]),
        ("》《", []),
        ("《商标法》《商标法》", ["《商标法》", "《商标法》"]),
    ],
)
def test_instruments_become_links(text, named):
    html = _rendered("{{ text|instruments }}", text=text)
    assert re.findall(r'<a class="pt-in" href="/tasks/\?q=[^"]+">(.*?)</a>', html) == named
    assert _text(html) == text
    assert instruments_in(text) == list(dict.fromkeys(named))


def test_the_link_asks_for_the_instrument():
    html = _rendered("{{ text|instruments }}", text="《商标法&实施》")
    assert 'href="/tasks/?q=%E3%80%8A%E5%95%86%E6%A0%87%E6%B3%95%26%E5%AE%9E%E6%96%BD%E3%80%8B"' in html


@given(st.text(alphabet="《》<>&\"'a法\n", max_size=40))
def test_text_round_instruments_stays_text(text):
    html = str(ui.instruments(text))
    plain = _text(html)
    for escaped, character in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ):
        plain = plain.replace(escaped, character)
    assert plain == text
    assert set(re.findall(r"<(/?\w+)", html)) <= {"a", "/a"}


# --- dates -------------------------------------------------------------------------------------------


def test_a_heading_breaks_beside_the_word_of_all_headings():
    assert ui.by_words("三、完善知识产权市场运行机制") == "三、完善<wbr>知识产权<wbr>市场运行机制"
    assert ui.by_words("一、知识产权") == "一、<wbr>知识产权"
    assert ui.by_words("<b>七、组织") == "&lt;b&gt;七、组织"


def test_day_names_the_year_where_it_is_not_this_one():
    this = timezone.localdate().year
    assert [ui.day(moment) for moment in (None, date(2023, 7, 20), date(this, 7, 20))] == [
        "—",
        "2023-07-20",
        "07-20",
    ]


def test_moments_are_beijing_time():
    moment = datetime(2023, 12, 31, 16, 5, tzinfo=ZoneInfo("UTC"))
    assert (ui.day(moment), ui.minute(moment)) == ("2024-01-01", "2024-01-01 00:05")
    assert ui.minute(datetime(2023, 7, 20, 9, 0, tzinfo=BEIJING)) == "2023-07-20 09:00"


# --- participants ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "shown", "folded"),
    [
        ([], [], []),
        (["公安部"], ["公安部"], []),
        (["公安部", "司法部"], ["公安部", "司法部"], []),
        (["国家知识产权局", "司法部"], ["国家知识产权局"], ["司法部"]),
        (["农业农村部", "公安部"], ["农业农村部", "公安部"], []),
        (["公安部", "司法部", "商务部"], ["公安部", "司法部"], ["商务部"]),
        (["农业农村部", "公安部", "司法部"], ["农业农村部"], ["公安部", "司法部"]),
    ],
)
def test_participants_that_do_not_fit_are_folded(names, shown, folded):
    agencies = [SimpleNamespace(name=name) for name in names]
    parts = ui.folded_participants(SimpleNamespace(participants=agencies))
    assert {key: [agency.name for agency in part] for key, part in parts.items()} == {
        "shown": shown,
        "folded": folded,
    }


# --- words of a search, marked -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("开展试点", (), "开展试点"),
        ("开展试点", ["试点"], "开展<mark>试点</mark>"),
        ("试点试点", ["试点"], "<mark>试点试点</mark>"),
        ("试点、试点", ["试点"], "<mark>试点</mark>、<mark>试点</mark>"),
        ("产权产权产", ["产权产"], "<mark>产权产权产</mark>"),
        ("商标法实施", ["标法", "法实"], "商<mark>标法实</mark>施"),
        ("加入ＲＣＥＰ与rcep", ["rcep"], "加入<mark>ＲＣＥＰ</mark>与<mark>rcep</mark>"),
        ("在Straße上", ["ass"], "在Str<mark>aß</mark>e上"),
        ("在Straße上", ["se"], "在Stra<mark>ße</mark>上"),
        ("a<b>&c", ["<b>"], "a<mark>&lt;b&gt;</mark>&amp;c"),
        ("a<b>&c", ["&", "a"], "<mark>a</mark>&lt;b&gt;<mark>&amp;</mark>c"),
        ("100%.*", ["%", "."], "100<mark>%.</mark>*"),
        ("开展", ["", "没有"], "开展"),
    ],
)
def test_words_are_marked_where_they_stand(text, words, shown):
    assert _rendered("{{ text|marked:words }}", text=text, words=words) == shown


def test_words_are_marked_inside_instruments_and_across_their_edge():
    link = '<a class="pt-in" href="/tasks/?q=%E3%80%8A%E5%95%86%E6%A0%87%E6%B3%95%E3%80%8B">'
    source = "{% marked_instruments text words %}"
    assert _rendered(source, text="修改《商标法》&条例", words=["标法》&"]) == (
        f"修改{link}《商<mark>标法》</mark></a><mark>&amp;</mark>条例"
    )
    assert _rendered(source, text="修改《商标法》", words=[]) == _rendered(
        "{{ text|instruments }}", text="修改《商标法》"
    )


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=3), max_size=3))
def test_marks_change_no_text(text, words):
    shown = ui.marked(text, words)
    assert shown.replace("<mark>", "").replace("</mark>", "") == ui.marked(text, ())
