"""Signing in and out, and the check at the door of every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from plugin.storage import audit, staff
from plugin.storage.staff import MAX_LOGIN, Member
from plugin.web.access import may_open
from plugin.web.current import member, now, rejoin, said
from plugin.web.throttle import Throttle

SESSION_LASTS = timedelta(hours=12)

pages = Blueprint("session", __name__)


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """A member of staff in this browser; the cookie names the account and the epoch it was signed in under."""

    member: Member

    def get_id(self) -> str:
        """What the session cookie keeps; it stops working when the account's epoch grows."""
        return f"{self.member.id}.{self.member.session_epoch}"


def set_up(app: Flask, https: bool) -> None:
    """Prepare cookies and sign-in, and put the check before every request of this application."""
    vault = app.extensions["rejoin"].db.vault
    app.config.update(
        SECRET_KEY=vault.derive("session"),
        # The __Host- prefix makes the browser insist on HTTPS and on this very host.
        SESSION_COOKIE_NAME="__Host-rejoin" if https else "rejoin",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        PERMANENT_SESSION_LIFETIME=SESSION_LASTS,
    )
    app.extensions["throttle"] = Throttle()
    manager = LoginManager(app)
    manager.session_protection = None  # a phone changes its address in the middle of a shift
    manager.user_loader(_load)
    app.register_blueprint(pages)


def check_the_door() -> object | None:
    """Before each request: the table in `access` decides; without a sign-in the answer is the sign-in page."""
    endpoint = request.endpoint
    if endpoint is None:  # no such page: says so without telling whether one is signed in
        return None
    if may_open(None, endpoint):
        return None
    if not current_user.is_authenticated:
        if request.headers.get("HX-Request"):
            # A fragment cannot show the sign-in page: the whole page goes there.
            return current_app.response_class(status=401, headers={"HX-Redirect": url_for("session.sign_in")})
        back = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(url_for("session.sign_in", next=back if back != "/" else None))
    if not may_open(member().role, endpoint):
        abort(403)
    return None


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    """The sign-in page; a wrong password and an unknown login look the same and take the same time."""
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(url_for("board.day"))
        return render_template("sign_in.html", login="", next=_local(request.args.get("next")))
    login, password = said("login", MAX_LOGIN), request.form.get("password", "")
    goal, throttle = _local(request.form.get("next")), current_app.extensions["throttle"]
    address = request.remote_addr or ""
    wait = throttle.wait(login, address)
    if wait:
        problem = f"Too many wrong tries. Please wait {_in_words(wait)}, then try again."
        page = render_template("sign_in.html", login=login, next=goal, problem=problem)
        return page, 429, {"Retry-After": str(wait)}
    with rejoin().db.read() as tx:
        stored = staff.password_hash(tx, login)
    if not staff.password_is_right(stored, password):
        throttle.failed(login, address)
        problem = "That login and password do not belong together. Check both and try again."
        return render_template("sign_in.html", login=login, next=goal, problem=problem), 401
    throttle.succeeded(login, address)
    with rejoin().db.begin() as tx:
        who = staff.by_login(tx, login)
        audit.record(tx, now(), who.login, "signed-in", f"staff/{who.id}", {})
    session.clear()  # a new session, so that nobody can have planted the old one
    session.permanent = True
    login_user(SignedIn(who))
    return redirect(goal or url_for("board.day"))


@pages.post("/sign-out")
def sign_out():
    """Sign out in this browser."""
    logout_user()
    session.clear()
    flash("You are signed out.")
    return redirect(url_for("session.sign_in"))


@pages.post("/sign-out-everywhere")
def sign_out_everywhere():
    """End every session of this account, in this browser and elsewhere."""
    who = member()
    with rejoin().db.begin() as tx:
        staff.end_sessions(tx, who.id)
        audit.record(tx, now(), who.login, "signed-out-everywhere", f"staff/{who.id}", {})
    return sign_out()


def _load(kept: str) -> SignedIn | None:
    staff_id, _, epoch = kept.partition(".")
    if not (staff_id.isdigit() and epoch.isdigit()):
        return None
    with rejoin().db.read() as tx:
        who = staff.by_id(tx, int(staff_id))
    if who is None or not who.active or who.session_epoch != int(epoch):
        return None
    return SignedIn(who)


def _local(path: str | None) -> str | None:
    """A path of this service to go on to; anything that could lead elsewhere is dropped."""
    safe = path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe else None


def _in_words(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
