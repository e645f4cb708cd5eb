"""A guideline set that says everything the language can, and the same with something nasty in place of every text."""

from typing import Any

from guidelines.load import load_text
from guidelines.render import from_dict, to_dict
from guidelines.schema import GuidelineSet

EVERYTHING = """
name: everything
title: Rules for our pages
language: en
office:
  name: Rowan Ellery
  capacity: Member for Thornbury Vale
  contact: Write to office@ellery.example or to 4 Weir Lane, Thornbury.
  hours: Working days from 10:00 to 16:00.
  moderators: Priya Shah and Tom Reed of our staff.
scope:
  text: These rules hold wherever we post.
  purpose: News about our work in Thornbury Vale.
  channels: [Rowan Ellery on Facebook, thornburyvale.example]
  surfaces: [comment, reply, mention]
  unmonitored: [direct_message, review]
  languages: [en, cy]
preamble: |
  Criticise us as hard as you like.
  Do not frighten anybody away.
principles:
  - {id: "1", title: Respect, text: Talk as you would at a kitchen table.}
periods:
  - {id: spring, title: The spring election, first: 2027-03-22, last: 2027-05-06}
rules:
  - id: 2a
    title: Threats
    text: Do not threaten anybody.
    condition: {label: threat}
    mode: auto_hide
    thresholds: {review: 0.6, automatic: 0.9}
    actions:
      - {verb: hide, modality: must}
      - {verb: report_police, modality: may, recipient: police}
    repeat:
      - {count: 2, within_days: 365, actions: [{verb: block, modality: may, duration_days: 90}]}
    severity: 1
    review_within_hours: 1
    targets: [representative, family, staff]
    notice_reason: Your comment threatened somebody.
    examples: {breach: [I will find you.], fine: [I will vote you out.]}
  - id: 2b
    title: Attacks on who people are
    text: Do not attack people for who they are.
    condition:
      any:
        - {label: discrimination, review: 0.4, automatic: never}
        - {words: [kettlehead, teapot face], automatic: true}
        - all:
            - {label: harassment}
            - not: {label: help_request}
    mode: auto_hide
    thresholds: {review: 0.5, automatic: 0.95}
    actions: [{verb: hide, modality: must}]
    grounds: [age, disability, race, ethnicity]
    exceptions: [Criticism of a religion as such., Telling what happened to oneself.]
    examples: {breach: [Kettleheads out.], fine: [The church is too rich.]}
  - id: 2c
    title: Links
    text: Do not post links, except to official sites.
    condition: {links: any, allowed: [gov.uk, parliament.uk], automatic: true}
    mode: auto_hide
    actions: [{verb: hide, modality: must}]
    examples: {breach: [See shop.example.], fine: [See www.gov.uk.]}
  - id: 2d
    title: The same again
    text: Do not post the same comment under several posts.
    condition:
      any:
        - {activity: repeats, count: 3, within_hours: 168}
        - {activity: comments, count: 20, within_hours: 1, by: anyone}
    mode: suggest
    actions: [{verb: delete, modality: must}, {verb: block, modality: may, duration_days: 30}]
    notice: before
    notice_reason: You posted the same thing again and again.
    examples: {breach: [The same nine times.], fine: [The same question in new words.]}
  - id: 3a
    title: Campaigning before an election
    text: Do not campaign here before an election.
    condition: {all: [{period: spring}, {links: [party.example]}, {post: limited}]}
    mode: suggest
    actions: [{verb: hide, modality: may}]
    viewpoint_risk: high
    decided_by: two_people
    standard: felt_to_be
    examples: {breach: [Vote at party.example.], fine: [Your plan is bad.]}
  - id: 3b
    title: People from elsewhere
    text: This page is for people who live or work here.
    condition: {recorded: outside_constituency}
    mode: suggest
    actions: [{verb: redirect, modality: may}]
    standard: identified_as
    viewpoint_risk: high
    redirect_text: Your own representative is at members.example.
    notice: never
    no_notice_reason: A note would only draw attention.
    examples: {breach: [I live far away.], fine: [I work in the next valley.]}
  - id: "4"
    title: Private matters
    text: Do not write about private matters of others.
    mode: "off"
    actions: [{verb: hide, modality: must}]
    examples: {breach: [Her diagnosis is known.], fine: [My own diagnosis is known.]}
appeal:
  text: Tell us which comment it is about.
  within_days: 30
  reviewer: A member of staff who did not decide.
  answer_within_days: 14
promises:
  replies: We do not answer every comment.
  records: A picture of what we hid is kept for a year.
  privacy: We keep no more than a decision needs.
  changes: We tell you here two weeks before we change these rules.
  review_by: 2027-06-30
"""

#: The keys whose texts are the office's own.
_OWN = frozenset(
    {
        "title",
        "capacity",
        "contact",
        "hours",
        "moderators",
        "text",
        "purpose",
        "channels",
        "preamble",
        "notice_reason",
        "redirect_text",
        "no_notice_reason",
        "exceptions",
        "breach",
        "fine",
        "recipient",
        "words",
        "reviewer",
        "replies",
        "records",
        "privacy",
        "changes",
    }
)


def everything() -> GuidelineSet:
    return load_text(EVERYTHING)


def with_texts(guidelines: GuidelineSet, text: str) -> GuidelineSet:
    """The set with `text` in place of every text that is the office's own."""
    plain = _replaced(to_dict(guidelines), "", text)
    plain["office"]["name"] = text
    return from_dict(plain)


def _replaced(value: Any, key: str, text: str) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(inner, name, text) for name, inner in value.items()}
    if isinstance(value, list) and key in _OWN and all(isinstance(one, str) for one in value):
        return [f"{key} {number} {text}"[:100] for number, _ in enumerate(value)]
    if isinstance(value, list):
        return [_replaced(one, key, text) for one in value]
    return text if key in _OWN and isinstance(value, str) else value
