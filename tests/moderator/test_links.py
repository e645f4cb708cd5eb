"""The sites that a text links to, as its reader would understand it and its browser would go there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderator.links import hosts


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("See https://GOV.uk/guidance", "gov.uk"),
        ("http://example.org:8080/a?b=c", "example.org"),
        ("http://gov.uk@bad.example/a", "bad.example"),
        ("http://bad.example\\@gov.uk/", "bad.example"),
        ("Read www.foo.photos.", "www.foo.photos"),
        ("bit.ly/abc", "bit.ly"),
        ("(see example.com)", "example.com"),
        ("[here](https://c.example/d)", "c.example"),
        ("t.me/news", "t.me"),
        ("EXAMPLE.COM", "example.com"),
        ("www.bücher.de", "www.xn--bcher-kva.de"),
        ("пример.рф/новости", "xn--e1afmkfd.xn--p1ai"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        ("exam\u200bple.com é", "example.com"),
        ("example。com", "example.com"),
        ("http://192.0.2.7/x", "192.0.2.7"),
        ("http://[2001:db8::1]:80/", "[2001:db8::1]"),
        ("tg://resolve?domain=x and more", "resolve"),
    ],
)
def test_a_link_names_its_site(text: str, site: str) -> None:
    assert hosts(text) == {site}


@pytest.mark.parametrize(
    "text",
    [
        "Write to me@example.org or a.b@foo.co.uk",
        "Good work.Live on",
        "That is it.is it not",
        "e.g. this, i.e. that, at 3.30 p.m. for £4.50",
        "Well...come in",
        "http:// is how they begin",
        "No link at all",
    ],
)
def test_what_is_no_link_is_none(text: str) -> None:
    assert hosts(text) == frozenset()


def test_every_site_counts_once() -> None:
    assert hosts("a.example/x b.example/y https://A.example c.com c.com/d") == {"a.example", "b.example", "c.com"}


@given(st.text(alphabet=st.sampled_from("a.@:/\\[]xn--é。?#é\ud800 \n"), max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    for host in hosts(text):
        assert host
        assert not set(host) & set("/?# \n")
