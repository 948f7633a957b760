"""When most of what a consumer reads fails, it stops before the topic is emptied."""

from chassis.breaker import Breaker, BreakerPolicy


class Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_fewer_than_twenty_events_prove_nothing() -> None:
    breaker = Breaker()
    for _ in range(19):
        breaker.failed()
    assert not breaker.open


def test_it_opens_when_most_of_twenty_fail() -> None:
    breaker = Breaker()
    breaker.succeeded(9)
    for _ in range(11):
        breaker.failed()
    assert breaker.open


def test_half_of_twenty_is_not_most() -> None:
    breaker = Breaker()
    breaker.succeeded(10)
    for _ in range(10):
        breaker.failed()
    assert not breaker.open


def test_it_looks_again_after_its_rest_and_closes_on_success() -> None:
    time = Time()
    breaker = Breaker(BreakerPolicy(rest=30), time)
    for _ in range(20):
        breaker.failed()
    time.seconds = 29.0
    assert breaker.resting == 1.0
    time.seconds = 30.0
    assert breaker.open
    assert breaker.resting == 0.0
    breaker.succeeded()
    assert not breaker.open


def test_a_failure_when_it_looks_again_makes_it_rest_again() -> None:
    time = Time()
    breaker = Breaker(BreakerPolicy(rest=30), time)
    for _ in range(20):
        breaker.failed()
    time.seconds = 30.0
    breaker.failed()
    assert breaker.resting == 30.0
