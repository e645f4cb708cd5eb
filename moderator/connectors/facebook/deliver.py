"""An order out as Graph API calls. Every verb may be repeated: it reads first, or doing it twice is doing it once."""

import json
from collections.abc import Callable
from dataclasses import replace

from moderator.connectors import http
from moderator.connectors.base import Channel, Order, Outcome, Receipt, describe
from moderator.connectors.facebook.graph import Graph, Reading
from moderator.connectors.facebook.parse import GRAPH_ID, page_id
from moderator.domain.vocabulary import Verb

_GONE = "Facebook knows no such comment (any more)"

#: Seconds after which a reply that was posted without our hearing so is sure to be found under the comment.
_SHOWS_AFTER = 300.0


def deliver(channel: Channel, order: Order) -> Receipt:
    """Carry out one order on the Page."""
    if order.verb not in AUTOMATIC:
        return Receipt(Outcome.REFUSED, f"the Graph API has no call for {order.verb}: a person does it on Facebook")
    try:
        return AUTOMATIC[order.verb](Graph(channel), order)
    except http.CannotSend as error:
        return Receipt(Outcome.CHANNEL_STOPPED, describe(error, secrets=channel.secrets.values()))
    except http.NoAnswer as error:
        return Receipt(Outcome.RETRY, describe(error, secrets=channel.secrets.values()))


def _set_hidden(graph: Graph, order: Order, hidden: bool) -> Receipt:
    comment = order.comment_external_id
    if not GRAPH_ID.fullmatch(comment):
        return _unusable("comment")
    state = graph.read(comment, fields="is_hidden")
    if state.outcome is not Outcome.DONE:
        return _done_if_gone(state)
    if isinstance(state.body, dict) and state.body.get("is_hidden") is hidden:
        return Receipt(Outcome.ALREADY_DONE, f"was {'hidden' if hidden else 'visible'} already", state.status)
    return _done_if_gone(graph.write(comment, is_hidden="true" if hidden else "false"))


def _hide(graph: Graph, order: Order) -> Receipt:
    return _set_hidden(graph, order, True)


def _unhide(graph: Graph, order: Order) -> Receipt:
    return _set_hidden(graph, order, False)


def _delete(graph: Graph, order: Order) -> Receipt:
    if not GRAPH_ID.fullmatch(order.comment_external_id):
        return _unusable("comment")
    return _done_if_gone(graph.delete(order.comment_external_id))


def _block(graph: Graph, order: Order) -> Receipt:
    author, page = order.author_external_id or "", page_id(graph.channel)
    if not GRAPH_ID.fullmatch(author) or not GRAPH_ID.fullmatch(page):
        return _unusable("author or the Page")
    return graph.write(f"{page}/blocked", user=json.dumps([author])).receipt()


def _unblock(graph: Graph, order: Order) -> Receipt:
    author, page = order.author_external_id or "", page_id(graph.channel)
    if not GRAPH_ID.fullmatch(author) or not GRAPH_ID.fullmatch(page):
        return _unusable("author or the Page")
    return graph.delete(f"{page}/blocked", user=author).receipt()


def _reply(graph: Graph, order: Order) -> Receipt:
    """Nothing tells Facebook that a second attempt is one, so the Page's own answers are read before each."""
    comment, page = order.comment_external_id, page_id(graph.channel)
    if not GRAPH_ID.fullmatch(comment) or not GRAPH_ID.fullmatch(page):
        return _unusable("comment or the Page")
    if not order.text:
        return Receipt(Outcome.REFUSED, "there are no words to reply with")
    answers = graph.read(f"{comment}/comments", fields="from{id},message", order="reverse_chronological", limit="100")
    if answers.outcome is not Outcome.DONE:
        return answers.receipt()
    if _has_said(answers.body, page, order.text):
        return Receipt(Outcome.ALREADY_DONE, "the Page has replied in these words already", answers.status)
    try:
        receipt = graph.write(f"{comment}/comments", message=order.text).receipt()
    except http.NoAnswer as error:
        detail = describe(error, secrets=graph.channel.secrets.values())
        return Receipt(Outcome.RETRY, detail, retry_after_seconds=_SHOWS_AFTER)
    if receipt.outcome is Outcome.RETRY:
        return replace(receipt, retry_after_seconds=max(receipt.retry_after_seconds or 0.0, _SHOWS_AFTER))
    return receipt


def _has_said(answers: object, page: str, text: str) -> bool:
    """Whether one of the answers is the Page's and has these words. Facebook may change the space between them."""
    data = answers.get("data") if isinstance(answers, dict) else None
    return any(_is_ours(answer, page, text) for answer in (data if isinstance(data, list) else ()))


def _is_ours(answer: object, page: str, text: str) -> bool:
    if not isinstance(answer, dict) or not isinstance(answer.get("from"), dict):
        return False
    message = answer.get("message")
    return str(answer["from"].get("id")) == page and isinstance(message, str) and message.split() == text.split()


#: what the Graph API has a call for
AUTOMATIC: dict[Verb, Callable[[Graph, Order], Receipt]] = {
    Verb.HIDE: _hide,
    Verb.UNHIDE: _unhide,
    Verb.DELETE: _delete,
    Verb.BLOCK: _block,
    Verb.UNBLOCK: _unblock,
    Verb.REPLY: _reply,
    Verb.REDIRECT: _reply,
}


def _done_if_gone(reading: Reading) -> Receipt:
    """There is nothing left to hide, show or delete. Facebook's own words stay on record: they can mean less."""
    if reading.gone:
        return Receipt(Outcome.ALREADY_DONE, describe(f"{_GONE}: {reading.detail}"), reading.status)
    return reading.receipt()


def _unusable(what: str) -> Receipt:
    return Receipt(Outcome.REFUSED, f"no id that Facebook would know is on record for the {what}")
