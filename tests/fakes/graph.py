"""What a Page's moderation meets of the Graph API, with its state, checks and errors; and Meta's webhooks."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.server import Call, FakeServer, Reply

MISSING = (
    "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, "
    "or does not support this operation."
)


def error(
    code: int,
    message: str = "",
    *,
    status: int = 400,
    subcode: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """An error as the Graph API words it."""
    body: dict[str, Any] = {
        "message": message or f"(#{code}) It did not work",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "AbC123",
    }
    if subcode is not None:
        body["error_subcode"] = subcode
    return _json({"error": body}, status, headers or {})


def signature(app_secret: str, body: bytes) -> dict[str, str]:
    """The header that Meta sends with a delivery."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()}


def delivery(page_id: str, *values: Mapping[str, Any], time: int = 1790000000) -> bytes:
    """The body of a webhook that carries these changes of the Page's feed, escaped as Meta escapes it."""
    changes = [{"field": "feed", "value": dict(value)} for value in values]
    return json.dumps({"object": "page", "entry": [{"id": page_id, "time": time, "changes": changes}]}).encode()


def comment_change(verb: str, comment_id: str, **fields: Any) -> dict[str, Any]:
    """One `value` about a comment, directly under its post unless `parent_id` says otherwise."""
    post = "1000001_2000002"
    base: dict[str, Any] = {
        "item": "comment",
        "verb": verb,
        "comment_id": comment_id,
        "post_id": post,
        "parent_id": post,
    }
    if verb in ("add", "edited"):
        base |= {"from": {"id": "4000004", "name": "Sam Example"}, "message": "hello", "created_time": 1789999999}
    return base | fields


class GraphServer(FakeServer):
    """One Page. `hidden` maps each comment to whether it is hidden, `answers` to the answers under it as (who, what),
    the newest last; `done` lists what really changed, in order.

    `replies` are given first, one per call and unlooked-at.
    """

    def __init__(
        self, page_id: str, token: str, app_secret: str, *, version: str = "v25.0", demands_proof: bool = False
    ) -> None:
        super().__init__()
        self.page_id = page_id
        self.token = token
        self.app_secret = app_secret
        self.version = version
        self.demands_proof = demands_proof
        self.hidden: dict[str, bool] = {}
        self.answers: dict[str, list[tuple[str, str]]] = {}
        self.blocked: set[str] = set()
        self.done: list[tuple[str, str]] = []
        self.replies: list[Reply] = []

    def answer(self, call: Call) -> Reply:
        if self.replies:
            return self.replies.pop(0)
        target = urlsplit(call.target)
        params = {key: values[-1] for key, values in parse_qs(target.query).items()}
        params |= {key: values[-1] for key, values in parse_qs(call.body.decode()).items()}
        version, _, path = target.path.removeprefix("/").partition("/")
        if version != self.version:
            return error(2635, f"(#2635) You are calling a deprecated version of the API: {version}")
        refused = self._refusal(call, params)
        if refused:
            return refused
        if path == f"{self.page_id}/blocked":
            return self._blocked(call.method, params)
        comment, _, edge = path.partition("/")
        if comment in self.hidden and edge == "comments":
            return self._answers(call.method, comment, params)
        return self._comment(call.method, comment, params)

    def _refusal(self, call: Call, params: Mapping[str, str]) -> Reply | None:
        given = call.headers.get("authorization", "").removeprefix("Bearer ") or params.get("access_token")
        if not given:
            return error(104, "An access token is required to request this resource.")
        if given != self.token:
            return error(190, "Error validating access token", status=401, subcode=460)
        proof = hmac.new(self.app_secret.encode(), given.encode(), hashlib.sha256).hexdigest()
        if "appsecret_proof" not in params and self.demands_proof:
            return error(100, "API calls from the server require an appsecret_proof argument")
        if params.get("appsecret_proof", proof) != proof:
            return error(100, "Invalid appsecret_proof provided in the API argument")
        return None

    def _comment(self, method: str, comment: str, params: Mapping[str, str]) -> Reply:
        if comment not in self.hidden:
            return error(100, MISSING.format(method=method.lower(), id=comment), subcode=33)
        if method == "GET":
            wanted = params.get("fields", "id").split(",")
            known = {"id": comment, "is_hidden": self.hidden[comment]}
            return _json({key: value for key, value in known.items() if key == "id" or key in wanted})
        if method == "DELETE":
            del self.hidden[comment]
            return self._did("delete", comment)
        if params.get("is_hidden") not in ("true", "false"):
            return error(100, "(#100) Param is_hidden must be a boolean")
        self.hidden[comment] = params["is_hidden"] == "true"
        return self._did("hide" if self.hidden[comment] else "unhide", comment)

    def _answers(self, method: str, comment: str, params: Mapping[str, str]) -> Reply:
        answers = self.answers.setdefault(comment, [])
        if method == "GET":
            newest_first = params.get("order") == "reverse_chronological"
            shown = (answers[::-1] if newest_first else answers)[: int(params.get("limit", "25"))]
            # Without the field, or without the permission, Facebook leaves out who said it.
            named = params.get("fields") == "from{id},message"
            return _json(
                {"data": [{"message": what} | ({"from": {"id": who}} if named else {}) for who, what in shown]}
            )
        if not params.get("message"):
            return error(100, "(#100) Missing message or attachment")
        answers.append((self.page_id, params["message"]))
        self.done.append(("reply", comment))
        return _json({"id": f"{comment.partition('_')[0]}_{len(answers)}"})

    def _blocked(self, method: str, params: Mapping[str, str]) -> Reply:
        user = params.get("user", "")
        if method == "DELETE":
            self.blocked.discard(user)
            return self._did("unblock", user)
        people = json.loads(user)
        self.blocked.update(people)
        for person in people:
            self._did("block", person)
        return _json(dict.fromkeys(people, True))

    def _did(self, verb: str, subject: str) -> Reply:
        self.done.append((verb, subject))
        return _json({"success": True})


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})
