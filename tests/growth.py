"""How the time of a function grows with its input: what tests of hostile input compare in place of seconds."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

TOO_LONG = 4.0  # seconds after which a call is broken off, as one that never ends
_MEASURABLE = 0.03  # seconds of processor time: below, the length is no trouble, however it grows
_STEP = 4  # the longer input is so many times the shorter one
_MOST = 9.0  # times the time for that: linear is 4, quadratic 16


class NeverEndsError(Exception):
    """A call took longer than TOO_LONG."""


def _break_off(number: int, frame: object) -> None:
    raise NeverEndsError


def seconds(call: Callable[[], object]) -> float:
    """Processor time of a call; raises NeverEndsError, also from inside a regular expression."""
    before = signal.signal(signal.SIGVTALRM, _break_off)
    signal.setitimer(signal.ITIMER_VIRTUAL, TOO_LONG)
    try:
        began = time.process_time()
        call()
        return time.process_time() - began
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def grows_too_fast(call: Callable[[int], Callable[[], object]], length: int) -> str:
    """What is wrong with the growth from `length` / 4 to `length`; "" when that is about linear, or too fast to measure.

    `call` prepares a call of a length. Growth that looks wrong is measured three times, since other programs may disturb it.
    """
    try:
        if seconds(call(length)) < _MEASURABLE:
            return ""
        pairs = [(seconds(call(length // _STEP)), seconds(call(length))) for _ in range(3)]
    except NeverEndsError:
        return f"more than {TOO_LONG:.0f} seconds for {length}"
    short, long = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    return f"{short:.3f} seconds for {length // _STEP}, {long:.3f} for {length}" if long > _MOST * max(short, 0.0005) else ""
