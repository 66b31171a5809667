"""The cases that the specifications and common sense ask of a tool, by id: a letter for the matter, a number, and how much depends on it.

A to N: bad and good payloads of the certification suite, signatures, claims, state and replay, several tenants, logins, key sets, sizes,
other messages, deep linking answers, visits, services, registration. M must be so; S is a policy of ours (docs/decisions/0002);
H is hygiene: never a fault of ours.
"""

from __future__ import annotations

MUST = """
A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 B13 B14 B15 B16 B17 B18 B19 B20 B21 C22 C23 C24 C26 C28 C30 C31 C32 C34 C35 C36 C40
D44 D46 D47 D52 D54 D55 D56 D58 D59 D60 D62 D66 D67 D71 D72 D74 D75 D80 D82 E83 E84 E86 E87 E88 E90 E91 E92 E95
F98 F99 F100 F102 F103 F104 G106 G107 G108 G110 G111 G112 H122 H123 H124 H126 H127 H128 I131 I132 I140
J143 J144 J146 J148 J150 J151 J152 K154 K155 K156 K158 K159 K160 L163 L164 L166 L167 L168 L170 L172
M174 M175 M176 M178 M179 M180 M182 M183 M184 M186 M188 N190 N191 N192
"""
POLICY = "C27 D48 D51 D64 D78 D79 G114 G115 I130 I134 I135 I142 J147 K162 L171 M187"
HYGIENE = "C38 C39 C42 C43 D50 D63 D68 D70 D76 E94 E96 G116 H118 H119 H120 I136 I138 I139"
LEVELS = {row: level for level, rows in (("M", MUST), ("S", POLICY), ("H", HYGIENE)) for row in rows.split()}

OURS = "D45 D57 G109 G113 H117 H121 H125 J145"
"""Cases between those, which only our tests number."""

GRADING, PLATFORMS, BROWSER = "tests/integration/grading/", "tests/integration/platforms/", "tests/browser/"
ELSEWHERE: dict[str, tuple[str, ...]] = {
    "L166": (BROWSER + "test_launch_storage.py::test_l166_storage_of_another_origin_hears_nothing",),
    "M174": (
        PLATFORMS + "test_at_the_lms.py::test_m174_choices_are_taken_before_during_and_after_a_rotation",
        PLATFORMS + "test_keys.py::test_a_new_key_is_published_before_it_signs_and_the_old_one_after",
    ),
    "M175": (GRADING + "test_platforms.py::test_a_platform_that_hangs_is_left_and_rests",),
    "M176": (
        GRADING + "test_platforms.py::test_a_token_endpoint_that_gives_no_token",
        GRADING + "test_platforms.py::test_how_long_a_token_is_kept",
    ),
    "M178": (GRADING + "test_platforms.py::test_a_token_for_less_than_asked",),
    "M179": (
        GRADING + "test_delivery.py::test_a_column_that_is_gone_is_refused_with_words",
        GRADING + "test_delivery.py::test_a_course_that_has_ended_refuses_with_words",
        GRADING + "test_delivery.py::test_retry_after_sets_when_everything_of_that_lms_goes_on",
        GRADING + "test_delivery.py::test_failures_are_tried_again_and_the_last_wish_wins",
        GRADING + "test_platforms.py::test_a_connection_lost_after_storing_is_sent_again_with_a_later_time",
    ),
    "M180": (GRADING + "test_leases.py::test_a_late_older_post_never_replaces_a_newer_one",),
    "M182": (GRADING + "test_roster.py::test_everybody_is_read_page_by_page",),
    "M183": (
        GRADING + "test_roster.py::test_what_is_no_list",
        GRADING + "test_roster.py::test_five_thousand_people_in_little_memory",
    ),
    "M184": (
        GRADING + "test_platforms.py::test_nothing_follows_a_redirect",
        "tests/unit/test_http.py::test_redirects_are_answers_not_journeys",
    ),
    "M186": (GRADING + "test_platforms.py::test_the_address_keeps_its_query",),
    "M187": ("tests/unit/grading/test_policies.py::test_what_is_not_a_score",),
}
"""Rows that are tested over HTTP where they belong, and by which tests."""
