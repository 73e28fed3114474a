"""Zoom's REST API as it really answers: slowly, twice, with pages of HTML, and with tokens that end."""

from __future__ import annotations

import base64
import json
import re
import threading
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qs

import pytest
import requests
import responses
from responses import matchers

from plugin.adapters.zoom import ZoomMeetings
from plugin.adapters.zoom_rest import ZoomRest, encode_uuid
from plugin.ports.meeting import Arrangement, Registration
from plugin.ports.outcome import Permanent, RemoteTrouble, Temporary
from tests.conftest import make_settings

TOKEN = "https://zoom.invalid/oauth/token"
API = "https://zoom.invalid/v2"
LISTED = f"{API}/users/zoom-dora/meetings"
KEY = "booking/reschedule/A1/C-ALICE"
STARTS_AT = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
SCOPES = (
    "meeting:write:meeting:admin meeting:read:list_meetings:admin meeting:read:meeting:admin "
    "meeting:update:meeting:admin meeting:delete:meeting:admin meeting:write:registrant:admin "
    "meeting:read:list_registrants:admin"
)
HTML = "<html><body>502 Bad Gateway: alice@example.org</body></html>"


class Hours:
    """Seconds that pass only when somebody waits or a test says so."""

    def __init__(self):
        self.seconds = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def rest(hours) -> ZoomRest:
    return ZoomRest(make_settings(), hours, hours.sleep)


@pytest.fixture
def zoom():
    """Zoom at the edge: gives a token; what else it answers, each test says."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
        edge.post(TOKEN, json={"access_token": "token-1", "expires_in": 3600, "scope": SCOPES})
        yield edge


def book(rest: ZoomRest):
    """Find the meeting of this key, or make it, as a booking does."""
    return sought(ZoomMeetings(make_settings(), rest), KEY, "zoom-dora")


def sought(meetings: ZoomMeetings, key: str, host_id: str):
    return meetings.find(key, host_id) or meetings.make(key, host_id, STARTS_AT, 50, "America/New_York")


def asked(edge, method: str) -> list:
    """What was asked of the API in this way, the token aside."""
    return [c.request for c in edge.calls if c.request.method == method and not c.request.url.startswith(TOKEN)]


def nothing_listed(edge) -> None:
    edge.get(LISTED, json={"meetings": [], "next_page_token": ""})


def made(edge, **changes) -> None:
    edge.post(LISTED, status=201, json={"id": 81000000077, "join_url": "https://zoom.example/j/81000000077"} | changes)


class TestToken:
    """Where every call begins."""

    def test_building_a_client_asks_nobody(self):
        with responses.RequestsMock():  # any request would be refused
            ZoomRest(make_settings())

    def test_token_is_asked_for_as_zoom_documents_it_and_kept(self, rest, zoom):
        zoom.get(f"{API}/users", json={"users": []})
        rest.user.list()
        rest.user.list()
        (request,) = (call.request for call in zoom.calls if call.request.url == TOKEN)
        form = parse_qs(request.body)
        assert form == {"grant_type": ["account_credentials"], "account_id": ["account-1"]}
        assert base64.b64decode(request.headers["Authorization"].split()[1]) == b"client-1:client-secret-1"
        assert {r.headers["Authorization"] for r in asked(zoom, "GET")} == {"Bearer token-1"}

    def test_every_call_has_a_time_limit(self, rest, zoom):
        zoom.get(f"{API}/users", json={"users": []})
        rest.user.list()
        assert all(call.request.req_kwargs["timeout"] == (3.05, 15) for call in zoom.calls)

    def test_token_is_renewed_before_it_ends(self, rest, hours):
        with responses.RequestsMock() as edge:
            for number in (1, 2):
                edge.post(TOKEN, json={"access_token": f"token-{number}", "expires_in": 3600})
            edge.get(f"{API}/users", json={"users": []})
            rest.user.list()
            hours.seconds = 3299
            rest.user.list()
            hours.seconds = 3301
            rest.user.list()
            bearers = [request.headers["Authorization"] for request in asked(edge, "GET")]
            assert bearers == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]

    def test_token_that_ended_early_is_renewed_once_and_the_call_repeated(self, rest, hours):
        with responses.RequestsMock() as edge:
            for number in (1, 2):
                edge.post(TOKEN, json={"access_token": f"token-{number}", "expires_in": 3600})
            nothing_listed(edge)
            edge.post(LISTED, status=401, json={"code": 124, "message": "Access token is expired."})
            made(edge)
            assert book(rest).meeting_id == "81000000077"
            bearers = [request.headers["Authorization"] for request in asked(edge, "POST")]
            assert bearers == ["Bearer token-1", "Bearer token-2"]
            assert hours.slept == []

    def test_app_that_is_not_accepted_with_a_new_token_either_needs_a_person(self, rest, zoom):
        zoom.get(f"{API}/users", status=401, json={"code": 124, "message": "Invalid access token."})
        with pytest.raises(Permanent, match="401, code 124: the app's credentials"):
            rest.user.list()
        assert len(asked(zoom, "GET")) == 2

    def test_many_threads_ask_for_one_token(self, rest):
        gate = threading.Barrier(8)

        def call():
            gate.wait()
            rest.user.list()

        with responses.RequestsMock() as edge:
            edge.post(TOKEN, json={"access_token": "token-1", "expires_in": 3600})
            edge.get(f"{API}/users", json={"users": []})
            threads = [threading.Thread(target=call) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len([call for call in edge.calls if call.request.url == TOKEN]) == 1

    @pytest.mark.parametrize(
        ("error", "settings"),
        [
            ("invalid_client", "REJOIN_ZOOM_CLIENT_ID and REJOIN_ZOOM_CLIENT_SECRET"),
            ("invalid_request", "check REJOIN_ZOOM_ACCOUNT_ID"),
            ("unsupported_grant_type", "Server-to-Server OAuth"),
            ("something_new", "REJOIN_ZOOM_ACCOUNT_ID, REJOIN_ZOOM_CLIENT_ID and REJOIN_ZOOM_CLIENT_SECRET"),
        ],
    )
    def test_refused_credentials_name_the_settings_and_are_not_tried_again(self, rest, error, settings):
        with responses.RequestsMock() as edge:
            edge.post(TOKEN, status=400, json={"reason": "client-secret-1 is wrong", "error": error})
            with pytest.raises(Permanent, match=settings) as refusal:
                rest.user.list()
            assert len(edge.calls) == 1
        assert "client-secret-1" not in str(refusal.value)

    @pytest.mark.parametrize(
        "answer",
        [
            {"status": 502, "body": HTML},
            {"status": 200, "body": HTML},
            {"status": 200, "json": []},
            {"status": 200, "json": {"access_token": None}},
            {"body": requests.ConnectTimeout("zoom.invalid")},
            {"body": requests.ConnectionError("refused")},
        ],
    )
    def test_token_service_that_is_away_may_be_asked_later(self, rest, answer):
        with responses.RequestsMock() as edge:
            edge.post(TOKEN, **answer)
            with pytest.raises(Temporary):
                rest.user.list()

    def test_busy_token_service_says_when(self, rest):
        with responses.RequestsMock() as edge:
            edge.post(TOKEN, status=429, headers={"Retry-After": "30"})
            with pytest.raises(Temporary) as trouble:
                rest.user.list()
        assert trouble.value.retry_after == timedelta(seconds=30)


class TestCall:
    """One call, and when it is made again."""

    def test_short_wish_of_a_busy_zoom_is_waited_for(self, rest, zoom, hours):
        zoom.get(f"{API}/users", status=429, headers={"Retry-After": "2"})
        zoom.get(f"{API}/users", json={"users": []})
        assert rest.user.list().ok
        assert hours.slept == [2]

    def test_long_wish_is_left_to_the_outbox(self, rest, zoom, hours):
        zoom.get(f"{API}/users", status=429, headers={"Retry-After": "60"})
        with pytest.raises(Temporary) as trouble:
            rest.user.list()
        assert trouble.value.retry_after == timedelta(minutes=1)
        assert hours.slept == []

    @pytest.mark.parametrize(
        ("headers", "wish"),
        [
            ({"Retry-After": "2026-11-24T00:00:00Z", "Date": "Mon, 23 Nov 2026 22:00:00 GMT"}, timedelta(hours=2)),
            (
                {"Retry-After": "Tue, 24 Nov 2026 00:00:00 GMT", "Date": "Mon, 23 Nov 2026 23:00:00 -0000"},
                timedelta(hours=1),
            ),
            ({"Retry-After": "2026-11-24T00:00:00Z", "Date": "Tue, 24 Nov 2026 03:00:00 GMT"}, timedelta()),
            ({"Retry-After": "2026-11-24T00:00:00Z", "Date": "yesterday"}, timedelta(minutes=15)),
            ({"Retry-After": "2026-11-24T00:00:00Z"}, timedelta(minutes=15)),
            ({"Retry-After": "99999999999999"}, timedelta(days=1)),
            ({"Retry-After": "soon"}, None),
            ({}, None),
        ],
    )  # fmt: skip
    def test_every_form_in_which_zoom_says_when_is_understood(self, rest, zoom, headers, wish):
        zoom.post(LISTED, status=429, headers=headers)
        with pytest.raises(Temporary) as trouble:
            rest.meeting.create(user_id="zoom-dora")
        assert trouble.value.retry_after == wish

    def test_looking_is_tried_three_times_and_then_left_for_later(self, rest, zoom, hours):
        zoom.get(f"{API}/users", status=502, body=HTML)
        with pytest.raises(Temporary, match="502") as trouble:
            rest.user.list()
        assert len(asked(zoom, "GET")) == 3
        assert hours.slept == [1, 2]
        assert "alice" not in str(trouble.value)

    def test_making_is_never_repeated_by_itself(self, rest, zoom):
        zoom.post(LISTED, status=503)
        with pytest.raises(Temporary):
            rest.meeting.create(user_id="zoom-dora")
        assert len(asked(zoom, "POST")) == 1

    def test_changing_and_deleting_go_the_same_way(self, rest, zoom):
        zoom.patch(f"{API}/meetings/81", status=204)
        zoom.put(f"{API}/meetings/81/status", status=204)
        zoom.delete(f"{API}/meetings/81", status=502)
        zoom.delete(f"{API}/meetings/81", status=204)
        assert rest.meeting.update(id="81", topic="Appointment").status_code == 204
        assert rest.meeting.update_status(id="81", action="end").status_code == 204
        assert rest.meeting.delete(id="81").status_code == 204
        assert json.loads(asked(zoom, "PATCH")[0].body) == {"topic": "Appointment"}

    def test_refusal_tells_its_number_and_never_its_message(self, rest, zoom):
        zoom.get(f"{API}/users", status=404, json={"code": 1001, "message": "User does not exist: alice@example.org."})
        with pytest.raises(Permanent, match="Zoom answered 404, code 1001: it knows no such user") as refusal:
            rest.user.list()
        assert "alice" not in str(refusal.value)

    @pytest.mark.parametrize("body", [HTML, "[]", "17", ""])
    def test_refusal_in_any_form_is_a_refusal(self, rest, zoom, body):
        zoom.get(f"{API}/users", status=403, body=body)
        with pytest.raises(Permanent, match="Zoom answered 403:"):
            rest.user.list()

    def test_connection_that_breaks_tells_nothing_of_the_address(self, rest, zoom):
        zoom.get(f"{API}/users", body=requests.ReadTimeout("https://zoom.invalid/v2/users?email=alice@example.org"))
        with pytest.raises(Temporary, match="ReadTimeout") as trouble:
            rest.user.list()
        assert "alice" not in str(trouble.value)

    def test_connection_that_breaks_after_a_renewal_is_trouble_as_any_other(self, rest, zoom):
        zoom.post(LISTED, status=401)
        zoom.post(LISTED, body=requests.ConnectionError("reset"))
        with pytest.raises(Temporary):
            rest.meeting.create(user_id="zoom-dora")

    @pytest.mark.parametrize(
        ("uuid", "path"),
        [
            ("4444AAAiAAAAAiAiAiiAii==", "4444AAAiAAAAAiAiAiiAii%3D%3D"),
            ("de+IDq/NA/J1==", "de%2BIDq%2FNA%2FJ1%3D%3D"),
            ("/fn5XvEnQAiSCcJa36Dhfw==", "%252Ffn5XvEnQAiSCcJa36Dhfw%253D%253D"),
            ("ab//c==", "ab%252F%252Fc%253D%253D"),
        ],
    )
    def test_meeting_uuid_arrives_as_zoom_wants_it(self, rest, zoom, uuid, path):
        zoom.get(f"{API}/past_meetings/{path}/participants", json={"participants": []})
        rest.past_meeting.get_participants(meeting_id=encode_uuid(uuid))
        assert asked(zoom, "GET")[0].url == f"{API}/past_meetings/{path}/participants"

    def test_list_is_read_to_its_last_page(self, rest, zoom):
        def page(token: str | None, meetings: list, following: str) -> None:
            query = {"type": "upcoming"} | ({"next_page_token": token} if token else {})
            answer = {"meetings": meetings, "next_page_token": following}
            zoom.get(LISTED, json=answer, match=[matchers.query_param_matcher(query)])

        page(None, [{"id": 1}, {"id": 2}], "second")
        page("second", [], "third")
        page("third", [{"id": 3}], "")
        found = rest.pages(rest.meeting.list, "meetings", user_id="zoom-dora", type="upcoming")
        assert [meeting["id"] for meeting in found] == [1, 2, 3]

    def test_list_that_never_ends_is_left(self, rest, zoom):
        zoom.get(LISTED, json={"meetings": [], "next_page_token": "same"})
        with pytest.raises(Temporary):
            list(rest.pages(rest.meeting.list, "meetings", user_id="zoom-dora"))


class TestBooking:
    """A meeting for a picked time."""

    def test_meeting_says_nothing_about_anybody(self, rest, zoom):
        nothing_listed(zoom)
        made(zoom)
        meeting = book(rest)
        assert (meeting.meeting_id, meeting.join_url) == ("81000000077", "https://zoom.example/j/81000000077")
        body = json.loads(asked(zoom, "POST")[0].body)
        agenda = body.pop("agenda")
        assert body == {
            "topic": "Appointment",
            "type": 2,
            "start_time": "2026-12-01T10:00:00Z",
            "duration": 50,
            "timezone": "America/New_York",
            "settings": {
                "use_pmi": False,
                "approval_type": 0,
                "registrants_email_notification": False,
                "registrants_confirmation_email": False,
            },
        }
        assert "A1" not in agenda
        assert "ALICE" not in agenda

    def test_meeting_whose_answer_was_lost_is_found_instead_of_made_again(self, rest, zoom):
        nothing_listed(zoom)
        zoom.post(LISTED, body=requests.ReadTimeout())
        with pytest.raises(Temporary):
            book(rest)
        agenda = json.loads(asked(zoom, "POST")[0].body)["agenda"]
        zoom.replace(
            responses.GET, LISTED, json={"meetings": [
                {"id": 81000000070, "agenda": "Team meeting", "join_url": "https://zoom.example/j/81000000070"},
                {"id": 81000000077, "agenda": agenda, "join_url": "https://zoom.example/j/81000000077"},
            ]},
        )  # fmt: skip
        assert book(rest).meeting_id == "81000000077"
        assert len(asked(zoom, "POST")) == 1

    def test_another_key_makes_another_meeting(self, rest, zoom):
        nothing_listed(zoom)
        made(zoom)
        meetings = ZoomMeetings(make_settings(), rest)
        for key in ("booking/1", "booking/2"):
            sought(meetings, key, "zoom-dora")
        assert len({json.loads(request.body)["agenda"] for request in asked(zoom, "POST")}) == 2

    def test_host_with_odd_characters_stays_one_part_of_the_path(self, rest, zoom):
        zoom.get(f"{API}/users/a%2Fb%3Fc/meetings", json={"meetings": []})
        zoom.post(f"{API}/users/a%2Fb%3Fc/meetings", json={"id": 1, "join_url": "https://zoom.example/j/1"})
        meetings = ZoomMeetings(make_settings(), rest)
        assert sought(meetings, KEY, "a/b?c").meeting_id == "1"

    @pytest.mark.parametrize(
        "answer", [{"id": 1}, {"join_url": "https://zoom.example/j/1"}, {"id": 1, "join_url": None}]
    )
    def test_answer_without_a_way_in_is_no_meeting(self, rest, zoom, answer):
        nothing_listed(zoom)
        zoom.post(LISTED, status=201, json=answer)
        with pytest.raises(Temporary):
            book(rest)


class TestMeeting:
    """How a meeting stands, and who is registered in it."""

    ONE = f"{API}/meetings/81000000077"
    PEOPLE = f"{ONE}/registrants"
    FINE: ClassVar = {
        "approval_type": 0, "registrants_email_notification": False, "registrants_confirmation_email": False,
    }  # fmt: skip

    def stands(self, rest, zoom, **settings):
        told = {"start_time": "2026-12-01T10:00:00Z", "duration": 50, "settings": self.FINE | settings}
        zoom.get(self.ONE, json=told)
        return ZoomMeetings(make_settings(), rest).read("81000000077")

    def test_it_is_read_as_it_stands(self, rest, zoom):
        assert self.stands(rest, zoom) == Arrangement(STARTS_AT, 50, True, False, False)

    @pytest.mark.parametrize(
        ("settings", "arrangement"),
        [
            ({"approval_type": 2}, (False, False, False)),
            ({"approval_type": 1}, (False, False, False)),
            ({"registrants_email_notification": True}, (True, True, False)),
            ({"registrants_confirmation_email": None}, (True, True, False)),
            ({"waiting_room": True}, (True, False, True)),
        ],
    )
    def test_what_the_account_forced_is_seen(self, rest, zoom, settings, arrangement):
        assert self.stands(rest, zoom, **settings) == Arrangement(STARTS_AT, 50, *arrangement)

    def test_meeting_that_is_gone_is_none(self, rest, zoom):
        zoom.get(self.ONE, status=404, json={"code": 3001})
        assert ZoomMeetings(make_settings(), rest).read("81000000077") is None

    @pytest.mark.parametrize("recurring", [3, 8])
    def test_group_that_recurs_may_say_no_beginning(self, rest, zoom, recurring):
        zoom.get(self.ONE, json={"type": recurring, "settings": self.FINE})
        assert ZoomMeetings(make_settings(), rest).read("81000000077") == Arrangement(None, 0, True, False, False)

    @pytest.mark.parametrize("status", [204, 404])
    def test_registration_is_taken_out_by_its_id_and_our_own_address(self, rest, zoom, status):
        zoom.put(f"{self.PEOPLE}/status", status=status, json={"code": 3001} if status == 404 else None)
        ZoomMeetings(make_settings(), rest).unregister("81000000077", "booking/1", "r1")
        wanted = json.loads(zoom.calls[-1].request.body)
        assert wanted["action"] == "cancel"
        assert [one["id"] for one in wanted["registrants"]] == ["r1"]
        assert re.fullmatch(r"[0-9a-f]{24}@\S+", wanted["registrants"][0]["email"])

    def test_registration_tells_zoom_a_code_and_an_address_that_nobody_reads(self, rest, zoom):
        zoom.post(self.PEOPLE, status=201, json={"registrant_id": "r1", "join_url": "https://zoom.example/w/1?tk=x"})
        meetings = ZoomMeetings(make_settings(mail_from="Desk <desk@clinic.example>"), rest)
        assert meetings.register("81000000077", KEY, "C-ALICE") == Registration("r1", "https://zoom.example/w/1?tk=x")
        body = json.loads(asked(zoom, "POST")[0].body)
        assert set(body) == {"email", "first_name"}
        assert (body["first_name"], body["email"].partition("@")[2]) == ("C-ALICE", "clinic.example")
        assert "ALICE" not in body["email"].upper()

    def test_registration_is_found_again_by_that_address_on_any_page(self, rest, zoom):
        meetings = ZoomMeetings(make_settings(), rest)
        mine = meetings._address(KEY).upper()
        other = {"id": "r9", "email": "other@rejoin.invalid", "join_url": "https://zoom.example/w/1?tk=o"}
        zoom.get(self.PEOPLE, json={"registrants": [other], "next_page_token": "2"})
        own = {"id": "r1", "email": mine, "join_url": "https://zoom.example/w/1?tk=x"}
        zoom.get(self.PEOPLE, json={"registrants": [own], "next_page_token": ""})
        assert meetings.find_registration("81000000077", KEY).registrant_id == "r1"
        assert meetings.find_registration("81000000077", "another key") is None

    def test_deleting_writes_to_nobody_and_bears_repetition(self, rest, zoom):
        zoom.delete(self.ONE, status=204)
        zoom.delete(self.ONE, status=404, json={"code": 3001})
        meetings = ZoomMeetings(make_settings(), rest)
        meetings.delete("81000000077")
        meetings.delete("81000000077")
        for request in asked(zoom, "DELETE"):
            query = parse_qs(request.url.partition("?")[2])
            assert query == {"schedule_for_reminder": ["false"], "cancel_meeting_reminder": ["false"]}

    @pytest.mark.parametrize(
        ("date", "wish"),
        [("Mon, 23 Nov 2026 18:00:00 GMT", timedelta(hours=6)), ("", timedelta(hours=1))],
    )
    def test_daily_limit_that_names_no_time_ends_at_midnight_utc(self, rest, zoom, date, wish):
        told = {"code": 429, "message": "You have exceeded the daily rate limit (3) of these requests."}
        zoom.post(self.PEOPLE, status=429, json=told, headers={"Date": date})
        with pytest.raises(Temporary) as trouble:
            ZoomMeetings(make_settings(), rest).register("81000000077", KEY, "C-ALICE")
        assert trouble.value.retry_after == wish


class TestCheck:
    """What `rejoin check` says about the credentials."""

    def check(self, rest, **settings) -> None:
        ZoomMeetings(make_settings(**settings), rest).check()

    def test_app_that_may_do_what_is_needed_is_fine(self, rest, zoom):
        zoom.get(f"{API}/users", json={"users": []})
        self.check(rest)

    def test_app_need_not_look_at_users(self, rest, zoom):
        zoom.get(f"{API}/users", status=400, json={"code": 4711, "message": "does not contain scopes"})
        self.check(rest)

    def test_classic_scopes_do_as_well(self, rest):
        with responses.RequestsMock() as edge:
            edge.post(TOKEN, json={"access_token": "t", "scope": "meeting:read:admin meeting:write:admin"})
            edge.get(f"{API}/users", json={"users": []})
            self.check(rest)

    def test_lacking_scope_is_named(self, rest):
        with responses.RequestsMock() as edge:
            edge.post(TOKEN, json={"access_token": "t", "scope": SCOPES.removeprefix("meeting:write:meeting:admin ")})
            with pytest.raises(Permanent, match=r"lacks the scope meeting:write:meeting:admin$"):
                self.check(rest)

    def test_lacking_setting_is_named_without_asking_anybody(self, rest):
        with responses.RequestsMock(), pytest.raises(Permanent, match=r"^REJOIN_ZOOM_CLIENT_ID not set"):
            self.check(rest, zoom_client_id="")

    @pytest.mark.parametrize(
        ("answer", "sentence"),
        [
            ({"status": 404, "body": HTML}, "no Zoom API at REJOIN_ZOOM_API_URL"),
            ({"status": 200, "body": HTML}, "not JSON"),
            ({"body": requests.ConnectionError()}, "see REJOIN_ZOOM_API_URL"),
        ],
    )
    def test_wrong_address_is_told(self, rest, zoom, answer, sentence):
        zoom.get(f"{API}/users", **answer)
        with pytest.raises(RemoteTrouble, match=sentence):
            self.check(rest)
