"""Calls to the Graph API, and what its answers mean for the order at hand."""

import hmac
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moderator.connectors import http
from moderator.connectors.base import Channel, Outcome, Receipt, describe

DEFAULT_URL = "https://graph.facebook.com"
DEFAULT_VERSION = "v25.0"

#: seconds to wait where Facebook says "too much" and not for how long
_SHORT_WAIT = 300.0
#: the app's own budget is counted over a rolling hour
_APP_WAIT = 900.0
#: code 368: the Page itself is held back for its behaviour
_POLICY_WAIT = 6 * 3600.0

_USER_NOT_VISIBLE = 210
_POLICY_BLOCK = 368
_DUPLICATE = 506
_INVALID_PARAMETER = 100
_UNKNOWN_OBJECT_SUBCODE = 33

_PASSING = frozenset({1, 2})
_THROTTLED = frozenset({4, 17, 32, 341, 613, _POLICY_BLOCK, *range(80_000, 80_015)})
_STOPPED = frozenset({3, 10, 102, 190, *range(200, 300)}) - {_USER_NOT_VISIBLE}
_UNKNOWN_OBJECT = frozenset({33, 803, 1705})


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer, understood. `body` is its JSON; `gone` says that Facebook knows no such object (any more)."""

    outcome: Outcome
    detail: str
    status: int
    body: Any = None
    gone: bool = False
    wait_seconds: float | None = None

    def receipt(self) -> Receipt:
        return Receipt(self.outcome, self.detail, self.status, self.wait_seconds)


@dataclass(frozen=True, slots=True)
class Graph:
    """The Graph API as one channel may use it. The token travels in a header, never in an address."""

    channel: Channel

    def read(self, path: str, **params: str) -> Reading:
        """Raises what `http.send` raises, as do the others."""
        return self._call("GET", path, params=params)

    def write(self, path: str, **params: str) -> Reading:
        return _written(self._call("POST", path, form=params))

    def delete(self, path: str, **params: str) -> Reading:
        return _written(self._call("DELETE", path, params=params))

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Reading:
        config, token = self.channel.config, self.channel.secrets.get("page_access_token", "")
        if not token:
            raise http.CannotSend("the channel has no Page access token")
        base = (config.get("graph_url") or DEFAULT_URL).rstrip("/")
        answer = http.send(
            method,
            f"{base}/{config.get('graph_version') or DEFAULT_VERSION}/{path}",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            params=None if params is None else {**params, **self._proof(token)},
            form=None if form is None else {**form, **self._proof(token)},
        )
        return _reading(answer, self.channel)

    def _proof(self, token: str) -> dict[str, str]:
        """Shows that we hold the app secret too; apps can be set to demand it. Worthless without the token."""
        secret = self.channel.secrets.get("app_secret", "")
        if not secret:
            return {}
        proof = hmac.digest(secret.encode("utf-8", "replace"), token.encode("utf-8", "replace"), "sha256")
        return {"appsecret_proof": proof.hex()}


def _written(reading: Reading) -> Reading:
    """A write can be answered with `false`, alone or against a name, and still be a 200."""
    values = reading.body.values() if isinstance(reading.body, dict) else [reading.body]
    if reading.outcome is Outcome.DONE and any(value is False for value in values):
        return Reading(Outcome.REFUSED, "Facebook answered that it did not do it", reading.status, reading.body)
    return reading


def _reading(answer: http.Answer, channel: Channel) -> Reading:
    body = answer.json()
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return _error(answer, error, channel)
    if answer.ok and body is not None:
        return Reading(Outcome.DONE, "", answer.status, body)
    outcome = Outcome.THROTTLED if answer.status == 429 else Outcome.RETRY
    wait = answer.retry_after_seconds()
    if outcome is Outcome.THROTTLED:
        wait = max(wait or _SHORT_WAIT, _usage_wait(answer))
    return Reading(outcome, f"Facebook answered {answer.status} without a word", answer.status, wait_seconds=wait)


def _error(answer: http.Answer, error: dict[str, Any], channel: Channel) -> Reading:
    code, subcode, message = _number(error.get("code")), _number(error.get("error_subcode")), error.get("message")
    text = message if isinstance(message, str) else ""
    outcome = _outcome(code, text)
    trace = error.get("fbtrace_id")
    marks = [f"code {code}"]
    marks += [f"subcode {subcode}"] if subcode is not None else []
    marks += [f"fbtrace_id {trace[:64]}"] if isinstance(trace, str) else []
    return Reading(
        outcome=outcome,
        detail=describe(f"({', '.join(marks)}) {text}", secrets=channel.secrets.values()),
        status=answer.status,
        gone=outcome is Outcome.REFUSED and _is_gone(code, subcode, text),
        wait_seconds=_wait(answer, code) if outcome is Outcome.THROTTLED else answer.retry_after_seconds(),
    )


def _outcome(code: int | None, message: str) -> Outcome:
    """The codes' meanings: https://developers.facebook.com/docs/graph-api/guides/error-handling"""
    if code in _STOPPED:
        return Outcome.CHANNEL_STOPPED
    if code == _INVALID_PARAMETER and ("appsecret_proof" in message or "requires the '" in message):
        # A wrong app secret and some missing permissions come under this code too.
        return Outcome.CHANNEL_STOPPED
    if code in _THROTTLED:
        return Outcome.THROTTLED
    if code == _DUPLICATE:
        return Outcome.ALREADY_DONE
    return Outcome.RETRY if code is None or code in _PASSING else Outcome.REFUSED


def _is_gone(code: int | None, subcode: int | None, message: str) -> bool:
    if code == _INVALID_PARAMETER:
        return subcode == _UNKNOWN_OBJECT_SUBCODE or "does not exist" in message
    return code in _UNKNOWN_OBJECT


def _wait(answer: http.Answer, code: int | None) -> float:
    floor = _POLICY_WAIT if code == _POLICY_BLOCK else 0.0
    asked = max(_usage_wait(answer), answer.retry_after_seconds() or 0.0)
    return min(max(floor, asked or _SHORT_WAIT), http.LONGEST_WAIT_SECONDS)


def _usage_wait(answer: http.Answer) -> float:
    """Seconds that the usage headers ask for; 0 where they do not."""
    minutes = [_amount(usage.get("estimated_time_to_regain_access")) for usage in _business_usage(answer)]
    app = _json_header(answer, "x-app-usage")
    spent = isinstance(app, dict) and any(_amount(percent) >= 100 for percent in app.values())
    return max([60 * m for m in minutes] + [_APP_WAIT if spent else 0.0])


def _business_usage(answer: http.Answer) -> Iterator[dict[str, Any]]:
    """`{"<page>": [{…, "estimated_time_to_regain_access": minutes}]}`"""
    by_page = _json_header(answer, "x-business-use-case-usage")
    for usages in by_page.values() if isinstance(by_page, dict) else ():
        for usage in usages if isinstance(usages, list) else ():
            if isinstance(usage, dict):
                yield usage


def _json_header(answer: http.Answer, name: str) -> Any:
    try:
        return json.loads(answer.headers.get(name, "null"))
    except (ValueError, RecursionError):
        return None


def _amount(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0.0
    try:
        amount = float(value)
    except OverflowError:
        return http.LONGEST_WAIT_SECONDS
    return min(amount, http.LONGEST_WAIT_SECONDS) if math.isfinite(amount) and amount > 0 else 0.0


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
