"""The geometry of charts: pieces that fill what they should, and numbers only where they fit."""

import pytest

from tasks.templatetags.charts import (
    Figure,
    bar_segments,
    heat_level,
    part_of,
    percent,
    rate,
    rest_percent,
    ring_arcs,
)


def figures(*counts: int) -> list[Figure]:
    return [Figure(count, f"/tasks/?n={place}") for place, count in enumerate(counts)]


def test_segments_follow_one_another_and_leave_out_nought():
    segments = bar_segments(figures(5, 0, 12, 3), 40)
    assert [(one.figure.count, one.x, one.width, one.middle) for one in segments] == [
        (5, "0.00%", "12.50%", "6.25%"),
        (12, "12.50%", "30.00%", "27.50%"),
        (3, "42.50%", "7.50%", "46.25%"),
    ]


@pytest.mark.parametrize(
    ("count", "whole", "fits"),
    [
        (1, 10, "always"),
        (1, 30, "always"),
        (1, 37, "wide"),
        (1, 60, ""),
        (10, 150, "always"),
        (10, 200, "wide"),
    ],
)
def test_number_stands_where_there_is_room(count, whole, fits):
    assert [one.fits for one in bar_segments(figures(count), whole)] == [fits]


def test_nothing_to_draw_draws_nothing():
    assert (bar_segments(figures(0, 0), 0), ring_arcs(figures(0, 0))) == ([], [])
    assert (percent(0, 0), rest_percent(0, 0)) == ("0.00%", "100.00%")


def test_arcs_go_once_round():
    drawn = ring_arcs(figures(1, 0, 3))
    assert [(one.dash, one.offset, one.turn) for one in drawn] == [
        ("25.00 75.00", "-0.00", "0.00"),
        ("75.00 25.00", "-25.00", "90.00"),
    ]


@pytest.mark.parametrize(
    ("share", "level"), [(None, 0), (0.0, 1), (0.2, 1), (0.21, 2), (0.5, 3), (0.8, 4), (0.81, 5), (1.0, 5)]
)
def test_heat_has_five_levels(share, level):
    assert heat_level(share) == level


def test_shares_in_words():
    assert (rate(None), rate(0.0), rate(0.155, 1), rate(1)) == ("—", "0%", "15.5%", "100%")
    assert (part_of(1, 3), part_of(0, 0)) == ("33.3%", "—")
