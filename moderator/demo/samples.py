"""The sample posts and comments, as a page-management tool would send them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Sample:
    """One comment in the canonical form of the webhook connector, and the channel it belongs to."""

    channel: str
    payload: dict[str, Any]


def load(now: datetime) -> Iterator[Sample]:
    """All samples, oldest first, dated as if `now` were this moment."""
    posts = {post["key"]: post for post in _read("posts.yaml")}
    for comment in sorted(_read("comments.yaml"), key=lambda comment: -int(comment["minutes_ago"])):
        post = posts[comment["post"]]
        author = comment["author"]
        yield Sample(
            comment["channel"],
            {
                "external_id": comment["key"],
                "parent_external_id": comment.get("parent"),
                "post": {"external_id": post["key"], **{key: post[key] for key in ("title", "text", "permalink")}},
                "permalink": f"{post['permalink']}#{comment['key']}",
                "author": {"external_id": author["id"], "name": author["name"], "handle": author["handle"]},
                "text": comment["text"],
                "language": comment.get("language"),
                "created_at": (now - timedelta(minutes=comment["minutes_ago"])).isoformat(),
            },
        )


@cache
def _read(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(files(__package__).joinpath(name).read_text("utf-8"))
    return entries
