"""What an address alone gives away, and words that sell or ask for passwords."""

import pytest

from classifiers import registry
from classifiers.base import Classifier, Item, Page, Result
from classifiers.links import sites
from classifiers.links.written import links


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return registry.load("links")


def kinds(text: str, page: Page | None = None) -> set[str]:
    return {trait.kind for link in links(text) for trait in sites.known().traits(link, page or Page())}


def looked(classifier: Classifier, text: str, page: Page | None = None) -> Result:
    return classifier.classify([Item(text, around=(page,) if page else ())])[0]


@pytest.mark.parametrize(
    "address",
    [
        "paypa1.example/x",
        "https://paypal-login.example",
        "https://paypal.com.example.top/x",
        "faceb00k.example/video",
        "instagrarn.example/login",
        "mircosoft.example/login",
        "hmrc-refund.example/a",
        "hmrcrefund.example/a",
        "https://gov.uk-refund.example/",
        "https://hmrc.gov.uk.example.org/",
        "nhs-claim.example/form",
        "netflix.top/renew",
        "https://xn--pypal-4ve.example/",
    ],
)
def test_an_address_that_looks_like_a_known_one_is_an_imitation(address: str) -> None:
    assert kinds(address) & {"imitation", "disguised"}


@pytest.mark.parametrize(
    "address",
    [
        "https://www.gov.uk/claim-tax-refund",
        "https://www.paypal.com/login",
        "https://www.camden.gov.uk/pay",
        "https://england.nhs.uk/support",
        "https://www.amazon.it/x",
        "https://www.usa.gov/benefits",
        "https://servicesaustralia.gov.au/pay",
        "keepournhspublic.example/help",
        "https://ethicalconsumer.example/amazon",
        "apple-day.example/events",
        "policingtoday.example/news",
        "https://members.parliament.uk/member/1/contact",
        "lloydgeorge.example/book",
        "metalworkers.example/join",
    ],
)
def test_an_honest_address_imitates_nobody(address: str) -> None:
    assert not kinds(address) & {"imitation", "disguised"}


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("bit.ly/3abc", "shortener"),
        ("http://203.0.113.9/a", "raw_ip"),
        ("http://[2001:db8::1]/a", "raw_ip"),
        ("http://gov.uk@bad.example/a", "named"),
        ("https://a.example:8081/x", "port"),
        ("https://a.example/go?url=https://b.example", "redirect"),
        ("https://a.example/go?next=https%3A%2F%2Fb.example", "redirect"),
        ("https://a.example/redirect?to=b", "redirect"),
        ("wa.me/447700900123", "messenger"),
        ("fast-cash.xyz/a", "cheap_ending"),
        ("petition.parliament.uk/petitions/1", "civic_site"),
        ("https://bücher-und-münzen.example/a", "foreign_letters"),
    ],
)
def test_an_address_shows_its_kind(address: str, kind: str) -> None:
    assert kind in kinds(address)


@pytest.mark.parametrize("address", ["https://a.example:443/x", "https://a.example/share?url=https://a.example"])
def test_a_usual_port_and_a_share_button_are_nothing(address: str) -> None:
    assert not kinds(address) & {"port", "redirect"}


def test_the_registered_name_is_found_below_long_suffixes() -> None:
    assert sites.known().registered("www.shop.example.co.uk") == "example.co.uk"
    assert sites.known().registered("co.uk") == "co.uk"


def test_a_site_that_the_office_trusts_is_no_lure(classifier: Classifier) -> None:
    text = "Verify your account at https://paypal-login.example"
    trusted = Page(trusted_sites=("paypal-login.example",))
    assert looked(classifier, text).scores["phishing"] > 0.8 > looked(classifier, text, trusted).scores["phishing"]


def test_a_site_that_the_office_refuses_waits_for_a_person(classifier: Classifier) -> None:
    page = Page(refused_sites=("rumours.example",))
    result = looked(classifier, "Read this https://www.rumours.example/today", page)
    assert result.scores["phishing"] == pytest.approx(0.9)
    assert result.because["phishing"].startswith("The link to www.rumours.example leads where this office says")
    assert looked(classifier, "Read this https://notrumours.example/today", page).scores["phishing"] < 0.5


def test_the_reasons_name_the_site_and_whom_it_imitates(classifier: Classifier) -> None:
    result = looked(classifier, "Confirm your password at paypa1-login.example/verify today")
    assert result.because["phishing"].startswith(
        "The link to paypa1-login.example looks like an address of PayPal and is not"
    )
    assert result.because["phishing"].endswith(".")


def test_no_reason_repeats_a_number_or_an_address_of_a_person(classifier: Classifier) -> None:
    result = looked(classifier, "Oven cleaning from £45, free quote, ring 07700 900222 or mail gaz@ovens.example")
    said = result.because["advertising"]
    assert "telephone number" in said
    assert "900222" not in said
    assert "gaz" not in said


def test_the_words_that_sell_are_marked_in_the_text_as_written(classifier: Classifier) -> None:
    text = "\u200bLovely speech! Free quote for roofing, DM me on 07700 900222"
    marked = {text[span.start : span.end] for span in looked(classifier, text).spans if span.label == "advertising"}
    assert {"Free quote", "roofing", "07700 900222"} <= marked


def test_a_warning_about_a_fraud_is_no_fraud(classifier: Classifier) -> None:
    warning = "Beware, a scam text is going round that asks for your bank details. I have reported it."
    assert looked(classifier, warning).scores["phishing"] < 0.5
    assert looked(classifier, "You have won a prize, send your bank details").scores["phishing"] > 0.5


@pytest.mark.parametrize(
    "text", ["http://" + "a." * 40_000 + "com", "a.b" * 30_000, "1 " * 50_000, "0x" + "f" * 90_000]
)
def test_a_long_hostile_address_is_read_in_time(classifier: Classifier, text: str) -> None:
    assert looked(classifier, text).scores.keys() == {"phishing", "advertising"}
