"""A platform inside the test: a connector that keeps what it was told, and answers as it was told to."""

import threading
from collections.abc import Callable, Mapping
from typing import NoReturn

from moderator.connectors.base import (
    Capability,
    Channel,
    Field,
    HandshakeFailed,
    Order,
    Outcome,
    Parsed,
    PayloadMalformed,
    Receipt,
)
from moderator.domain.vocabulary import Verb

Answer = Receipt | Exception | Callable[[Order], Receipt]


class PaperPlatform:
    """Carries out every order and remembers it, unless `answers` says otherwise; those are given first, one per order.

    Verbs in `by_hand` have no call here; verbs in `missing` do not exist.
    """

    name = "paper"
    title = "Paper"
    fields = (Field("pen", "Which pen"), Field("stamp", "The stamp", secret=True, make=lambda: "a stamp of our own"))

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.answers: list[Answer] = []
        self.hidden: set[str] = set()
        self.deleted: set[str] = set()
        self.blocked: set[str] = set()
        self.by_hand: set[Verb] = {Verb.REPORT_PLATFORM, Verb.REPORT_POLICE}
        self.missing: set[Verb] = {Verb.MUTE}
        self._lock = threading.Lock()

    def capabilities(self, channel: Channel) -> Mapping[Verb, Capability]:
        return {
            verb: Capability(f"Does {verb}.", verb is not Verb.DELETE, automatic=verb not in self.by_hand)
            for verb in Verb
            if verb not in self.missing
        }

    def handshake(self, channel: Channel, query: Mapping[str, str]) -> NoReturn:
        raise HandshakeFailed("paper shakes no hands")

    def verify(self, channel: Channel, headers: Mapping[str, str], body: bytes) -> None:
        """Paper takes everything."""

    def parse(self, channel: Channel, body: bytes) -> Parsed:
        raise PayloadMalformed("paper sends nothing")

    def deliver(self, channel: Channel, order: Order) -> Receipt:
        with self._lock:
            self.orders.append(order)
            answer = self.answers.pop(0) if self.answers else self.carry_out
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Receipt) else answer(order)

    def carry_out(self, order: Order) -> Receipt:
        """What an order does when nothing goes wrong."""
        comment, author = order.comment_external_id, order.author_external_id or ""
        with self._lock:
            match order.verb:
                case Verb.HIDE:
                    self.hidden.add(comment)
                case Verb.UNHIDE:
                    self.hidden.discard(comment)
                case Verb.DELETE:
                    self.deleted.add(comment)
                case Verb.BLOCK:
                    self.blocked.add(author)
                case Verb.UNBLOCK:
                    self.blocked.discard(author)
        return Receipt(Outcome.DONE, f"{order.verb} is done", 200)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Verb and comment of every order, in the order they came."""
        return [(order.verb.value, order.comment_external_id) for order in self.orders]
