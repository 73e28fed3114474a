"""Whoever stops the demonstration is heard, whatever it is busy with."""

from __future__ import annotations

import os
import signal
import time
import weakref

import pytest

from plugin.demo.interruption import Interruption

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


class Thing:
    """Something that goes."""


@pytest.fixture(autouse=True)
def ctrl_c_is_not_ignored():
    """A shell that runs the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def ask(number: int) -> None:
    os.kill(os.getpid(), number)
    for _ in range(100):  # Python looks for signals between two steps of its own
        pass


@BOTH
def test_who_asks_while_an_object_goes_is_heard_at_the_next_pause(number):
    thing = Thing()
    farewell = weakref.ref(thing, lambda _: ask(number))
    with Interruption() as interruption:
        interruption.pause(0)
        del thing
        assert farewell() is None
        with pytest.raises(KeyboardInterrupt):
            interruption.pause(0)


@BOTH
def test_who_asks_before_a_long_pause_does_not_wait_for_it(number):
    with Interruption() as interruption:
        ask(number)
        before = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            interruption.pause(30)
        assert time.monotonic() - before < 15


def test_who_asks_again_is_heard_at_once():
    with Interruption():
        ask(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            ask(signal.SIGINT)


def test_afterwards_signals_do_what_they_did_before():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Interruption():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_where_ctrl_c_is_ignored_it_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interruption() as interruption:
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        ask(signal.SIGINT)
        interruption.pause(0)
