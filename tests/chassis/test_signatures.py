"""Calls signed as Standard Webhooks 1.0: what is let in, and what is not."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from chassis.signatures import BadSignature, check, key_of, signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = key_of(SECRET)
AT = datetime(2021, 2, 25, 16, 44, 25, tzinfo=UTC)
BODY = b'{"test": 2432232314}'


def test_the_signature_is_that_of_the_standard() -> None:
    """The example every implementation of it is checked with."""
    assert signed(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), BODY) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_a_call_of_these_minutes_is_let_in(minutes: int) -> None:
    headers = signed(KEY, "one", AT, BODY)
    assert check(KEY, headers, BODY, AT + timedelta(minutes=minutes)) == "one"


def test_one_of_several_signatures_is_enough() -> None:
    """Both secrets are used while one replaces the other."""
    other = signed(b"k" * 24, "one", AT, BODY)["webhook-signature"]
    headers = signed(KEY, "one", AT, BODY)
    headers["webhook-signature"] = f"v2,x {other} {headers['webhook-signature']}"
    assert check(KEY, headers, BODY, AT) == "one"


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "two"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(int(AT.timestamp()) + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "²"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "v1," + base64.b64encode(bytes(32)).decode()},
    ],
)
def test_a_forged_call_is_not(changes: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        check(KEY, signed(KEY, "one", AT, BODY) | changes, BODY, AT)


@pytest.mark.parametrize(("call_id", "minutes"), [("one", 6), ("one", -6), ("", 0), ("x" * 257, 0)])
def test_nor_is_one_rightly_signed_but_late_or_without_a_fit_id(call_id: str, minutes: int) -> None:
    with pytest.raises(BadSignature):
        check(KEY, signed(KEY, call_id, AT, BODY), BODY, AT + timedelta(minutes=minutes))


def test_nor_is_another_body_or_another_secret() -> None:
    with pytest.raises(BadSignature):
        check(KEY, signed(KEY, "one", AT, BODY), BODY + b" ", AT)
    with pytest.raises(BadSignature):
        check(b"k" * 24, signed(KEY, "one", AT, BODY), BODY, AT)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_é", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_weak_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        key_of(secret)
