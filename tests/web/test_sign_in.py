"""Signing in and out."""

from __future__ import annotations

from plugin.storage import staff
from plugin.web.throttle import Throttle
from tests.web.conftest import PASSWORD


def test_a_coordinator_signs_in_works_and_signs_out(visit):
    cora = visit()
    assert cora.get("/approvals").location == "/sign-in?next=/approvals"
    cora.get("/sign-in?next=/approvals")
    cora.submit("/sign-in", login="Cora ", password=PASSWORD)
    assert cora.text.count("Approvals") >= 1
    assert cora.page.request.path == "/approvals"

    cora.submit("/sign-out")

    assert "You are signed out." in cora.text
    assert cora.get("/").location.startswith("/sign-in")


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(visit):
    someone = visit()
    wrong = someone.sign_in("cora", "not-her-password")
    said = someone.text
    unknown = someone.sign_in("nobody", "not-her-password")

    assert wrong.status_code == unknown.status_code == 401
    assert someone.text == said
    assert "do not belong together" in said


def test_after_five_wrong_tries_even_the_right_password_must_wait_but_others_need_not(app, visit):
    app.extensions["throttle"] = Throttle(seconds=lambda: 0.0)
    someone = visit()
    for _ in range(5):
        someone.sign_in("cora", "guess-guess-guess")

    refused = someone.sign_in("cora")

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == 300
    assert "Please wait 5 minutes" in someone.text
    assert visit("tess").page.status_code == 200


def test_the_pause_is_over_after_its_time():
    at = [0.0]
    throttle = Throttle(tries=2, window_seconds=60, seconds=lambda: at[0])
    throttle.failed("cora", "::1")
    assert throttle.wait("cora", "::1") == 0
    throttle.failed("CORA", "::1")
    assert throttle.wait("cora", "::1") == 60
    assert throttle.wait("cora", "::2") == 0
    at[0] = 60.0
    assert throttle.wait("cora", "::1") == 0


def test_a_flood_of_invented_logins_does_not_fill_the_memory():
    throttle = Throttle(size=100)
    for number in range(1000):
        throttle.failed(f"nobody-{number}", "::1")

    assert len(throttle._failed) == 100


def test_a_locked_account_is_out_at_once_and_cannot_come_back(rejoin, visit):
    cora = visit("cora")
    with rejoin.db.begin() as tx:
        staff.set_active(tx, staff.by_login(tx, "cora").id, False)

    assert cora.get("/").location.startswith("/sign-in")
    assert cora.sign_in("cora").status_code == 401


def test_signing_out_everywhere_ends_the_session_in_the_other_browser_as_well(visit):
    here, there = visit("ada"), visit("ada")
    here.get("/admin/accounts")
    here.submit("/sign-out-everywhere")

    assert there.get("/").location.startswith("/sign-in")


def test_a_new_password_ends_the_sessions_of_the_old_one(rejoin, visit):
    cora = visit("cora")
    with rejoin.db.begin() as tx:
        staff.set_password(tx, staff.by_login(tx, "cora").id, "another-password")

    assert cora.get("/").location.startswith("/sign-in")
    assert cora.sign_in("cora", "another-password").status_code == 200


def test_the_way_back_never_leads_to_another_site(visit):
    for elsewhere in ("https://evil.invalid/", "//evil.invalid/", "/\\evil.invalid", "javascript:alert(1)"):
        someone = visit()
        someone.get("/sign-in", query_string={"next": elsewhere})
        assert "evil" not in someone.page.text
        someone.client.post("/sign-in", base_url="https://rejoin.invalid", data={})
        token = someone.form("/sign-in").split('name="csrf_token" value="')[1].split('"')[0]
        fields = {"login": "cora", "password": PASSWORD, "next": elsewhere, "csrf_token": token}
        assert someone.post("/sign-in", **fields).location == "/"


def test_the_session_cookie_is_for_this_host_over_https_and_not_for_scripts(visit):
    someone = visit()
    someone.get("/sign-in")
    cookie = someone.page.headers["Set-Cookie"]

    assert cookie.startswith("__Host-rejoin=")
    for property_ in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert property_ in cookie
