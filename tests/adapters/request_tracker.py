"""A real Request Tracker 5: Debian's package, an SQLite file, and its own web server on a free port of this machine.

Everything it has is put there by its own set-up command: two queues that are open (one with the custom field
"Rejoin key"), one that is disabled, an account that may do what Rejoin needs, and one that may do nothing.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
SETUP = Path("/usr/sbin/rt-setup-database-5")
STARTS_WITHIN_SECONDS = 60
PASSWORD, RIGHTLESS = "password-of-rejoin", "password-of-rightless"

SITE = """
Set($rtname, 'example.org');
Set($Organization, 'example.org');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebPath, '');
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.db');
Set($MailCommand, 'testfile');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($Timezone, 'UTC');
Set($BcryptCost, 4);
$RT::MasonDataDir = '{folder}/mason';
$RT::MasonSessionDir = '{folder}/session';
1;
"""
CONTENT = """
our @Queues = ({ Name => 'Support' }, { Name => 'With key field' }, { Name => 'Closed down', Disabled => 1 });
our @CustomFields = ({ Name => 'Rejoin key', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket',
    Queue => ['With key field'] }, { Name => 'Turned out', Type => 'SelectSingle', LookupType => 'RT::Queue-RT::Ticket',
    Queue => ['Support', 'With key field'], Values => [map { { Name => $_ } } 'Confirmed technical', 'was-absence'] });
our @Users = ({ Name => 'rejoin', Password => '%s', Privileged => 1 },
    { Name => 'rightless', Password => '%s', Privileged => 1 });
our @ACL = map { { Right => $_, UserId => 'rejoin' } } qw(SeeQueue ShowTicket ShowTicketComments CreateTicket
    CommentOnTicket ModifyTicket DeleteTicket SeeCustomField ModifyCustomField);
our @Final = (sub {
    my $user = RT::CurrentUser->new;
    $user->Load('rejoin');
    my ($done, $told, $token) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $user->Id, Description => 'tests');
    open my $file, '>', $ENV{REJOIN_TOKEN_FILE} or die;
    print $file $token;
});
1;
"""


@dataclass(frozen=True)
class RealTracker:
    """Where it answers, and the authentication token of the account `rejoin`."""

    url: str
    token: str


@contextmanager
def running_tracker(folder: Path) -> Iterator[RealTracker]:
    """Set one up in this folder, and stop it afterwards."""
    if not (SERVER.exists() and SETUP.exists()):
        reason = "REQUEST TRACKER IS NOT TESTED: Debian's request-tracker5 is not installed (.ci/run installs it)"
        if os.environ.get("REQUIRE_RT"):
            pytest.fail(reason)
        pytest.skip(reason)
    port = free_port()
    for part in ("site", "mason", "session"):
        (folder / part).mkdir()
    (folder / "site.pm").write_text(SITE.format(port=port, folder=folder))
    (folder / "content.pl").write_text(CONTENT % (PASSWORD, RIGHTLESS))
    ours = {
        "RT_SITE_CONFIG": str(folder / "site.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "site"),
        "REJOIN_TOKEN_FILE": str(folder / "token"),
    }
    environment = os.environ | ours
    for step in (["init", "--skip-create"], ["insert", "--datafile", str(folder / "content.pl")]):
        subprocess.run(
            [SETUP, "--action", *step], env=environment, check=True, timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [SERVER, "--server", "Standalone", "--host", "127.0.0.1", "--port", str(port)],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, server)
        yield RealTracker(url, (folder / "token").read_text())
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def wait_for(url: str, server: subprocess.Popen) -> None:
    """Wait until it answers; fails when it ended or takes too long."""
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        assert server.poll() is None, "Request Tracker ended at its start"
        try:
            requests.get(f"{url}/REST/2.0/rt", timeout=20)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Request Tracker does not answer")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
