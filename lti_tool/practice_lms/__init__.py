"""A small LMS to try and to test an LTI 1.3 tool with. It knows the tool only over HTTP.

Two schools, two faces: `/canvas/` (Maple Valley Schools, speaks like Canvas, issuer `<base>/canvas`) and `/moodle/`
(Oak County Schools, speaks like Moodle, issuer `<base>/moodle`). Everything lives in memory; keys are made at start.

Start it with ``python -m lti_tool.practice_lms --host localhost --port 8001 --tool-url http://127.0.0.1:8000`` or serve
``create_app(PracticeSettings(base_url, tool_url))`` with a threaded server: the tool calls back while it is being called.

Walking it with a script
------------------------
Pages are plain links and forms; a session cookie remembers who one is. Things carry these ``data-test`` values:

- everywhere: ``switch-form`` (POST person, next), ``next-step`` (form of the story's next step), ``failure`` with
  ``problem`` (one for each violation)
- start page: ``school-canvas``, ``school-moodle``, ``step-<face>-<key>`` with ``data-state`` done, next or later and
  ``step-button-<face>-<key>``; keys register, place, earn, assign, review-1, review-2, score, badge; ``reset-<face>``
- people page: ``be-<person>`` (buttons; persons alex, dana, ada, olha, marisol, ruth, raj, rosa; canvas also tomas,
  olive, test-student; moodle also nils)
- admin: ``add-app``, ``add-manual``, ``add-json``, ``app-<client id>``; add page ``add-app-form`` (registration_url); on
  Moodle, where a tool of that domain is known, ``choice-form`` (registration_url, choice: a client id or new) with the
  buttons ``update-<client id>`` and ``register-as-new``; then ``registration-frame`` (iframe) and ``registration-close`` (link)
- app page: ``decide-form`` (scope, placement, privacy), buttons ``enable-app`` (Canvas "Enable", Moodle "Activate"),
  ``save-app``, ``disable-app``, ``delete-app``, ``show-in-chooser`` (Moodle), ``install-form`` (Canvas, course); values
  in ``client-id``, ``deployment-id``, ``issuer``, ``auth-url``, ``token-url``, ``jwks-url``
- manual page ``manual-form`` (name, login_url, launch_url, redirect_uris, jwks_url); JSON page ``json-form`` (url)
- course: ``add-<placement>`` (links; placements assignment_selection, link_selection, module_index_menu_modal and
  editor_button on Canvas, ContentArea on Moodle; one for each module), ``activity-<item>``, ``publish-item``,
  ``duplicate-item``, ``delete-item``, ``copy-course``, ``nav-gradebook``, ``nav-grades``, ``nav-roster``, ``nav-tool``
- Canvas: an assignment has ``submit-with-app``, ``my-homework``, ``open-homework``, for those who teach ``homework-list`` with
  ``speedgrader-<person>`` and ``homework-file``; a page has ``edit-page``, its editor ``editor-button`` and ``page-form``, and what was
  put into it by an app ``embedded`` (iframe)
- activity: ``tool-frame`` (iframe), ``open-new-tab``; Canvas also the frame named ``post_message_forwarding``
- in frames: ``oidc-login-form``, ``oidc-response-form``, ``oidc-error-form`` (they submit themselves, a script posts
  them); after the picker ``selection`` with ``save-items`` (form, target _top) or ``return-to-course`` (link)
- gradebook: ``cell-<line item>-<person>``, ``grade-analysis`` and ``column-review`` (Moodle), ``speedgrader`` (Canvas);
  own grades: ``my-score``, ``my-comment``

Moods
-----
``POST /control/<face>`` with a JSON object; any of:

- ``reset`` true: the school starts over; ``calm`` true: all moods off; ``forget_violations`` true
- ``fail_scores`` n with ``fail_status`` (503, 429, 403 is Canvas's throttling, ...) and ``retry_after`` seconds or null:
  the next n score posts fail
- ``drop_scores`` n: the next n scores are stored, then the connection breaks
- ``unavailable_probability``, ``drop_probability``: the same by chance (seeded), 0.0 to 1.0
- ``hang_seconds``: every service call and token request waits that long first
- ``clock_offset_seconds``: this LMS's clock is wrong by so much
- ``login_required`` true: the session is lost, every launch is refused; ``grades_locked`` true (Moodle);
  ``allowed_attempts`` n (Canvas); ``deep_linking_data`` text: sent as `data`, to come back byte for byte
- ``history_unknown`` true: Canvas leaves ``$Context.id.history`` as it is, so that only the notice tells of a copied course
- ``rate_remaining`` n: what Canvas says is left of its limit for requests
- ``conclude_course`` {course, concluded}; ``publish_course`` {course, published} (Canvas: an unpublished one takes no scores)
- ``scopes`` [..]: what all tools have left; ``privacy`` public, name_only, email_only or anonymous
- ``unenroll`` {course, person}; ``override`` {line_item, person, score, comment}: a human's grade

``GET /control/<face>/inspect`` answers with people, registrations, courses, items, line_items, gradebook, launches,
``homework`` (what was submitted to assignments by an app),
``scores`` (every score post as it came, with the answer), ``notices`` (what a tool was told, and the status of its answer),
``violations`` (rules the tool broke; should stay empty) and ``remarks`` (allowed, but worth knowing, such as a grade that a
score erased).
"""

from .app import create_app
from .settings import PracticeSettings

__all__ = ["PracticeSettings", "create_app"]
