"""Each public set's columns become our labels, and what a set does not judge stays unknown."""

import io
import json

import pytest

from classifiers.training.datasets import DATASETS
from classifiers.training.readers import read_youtube_spam
from classifiers.training.rows import Part, Row

READ = {chosen.name: chosen.read for chosen in DATASETS}
FILES = {chosen.name: list(chosen.files) for chosen in DATASETS}


def _rows(name: str, *contents: str) -> list[Row]:
    """Read the set from these contents, one per file; files left over are empty."""
    padded = [*contents, *[""] * (len(FILES[name]) - len(contents))]
    return list(READ[name]({file: io.StringIO(text) for file, text in zip(FILES[name], padded, strict=True)}))


def _labels(name: str, *contents: str) -> list[dict[str, float]]:
    return [dict(row.labels) for row in _rows(name, *contents)]


def test_every_set_has_a_test_here() -> None:
    with open(__file__, encoding="utf-8") as this:
        source = this.read()
    assert [name for name in READ if f'("{name}"' not in source] == []


def test_sets_with_one_binary_label() -> None:
    assert _labels("dynahate", "text,label,official_split\na,1,train\nb,0,dev\n") == [
        {"discrimination": 1.0},
        {"discrimination": 0.0},
    ]
    assert _labels("measuring_hate_speech_binary", "text,label\nz,0\n", "text,label\na,1\n") != []
    assert _labels("toxigen_seed_statements", "text,label,group,source\na,hate,g,s\nb,neutral,g,s\n") == [
        {"discrimination": 1.0},
        {"discrimination": 0.0},
    ]
    assert _labels("sms_spam", "ham\tsee you at six\nspam\twin now\n") == [{"spam": 0.0}, {"spam": 1.0}]


def test_the_publishers_split_is_kept() -> None:
    rows = _rows("dynahate", "text,label,official_split\na,1,train\nb,0,dev\n")
    assert [row.part for row in rows] == [Part.TRAIN, Part.HELD]


def test_hateful_emoji_and_their_threats() -> None:
    text = "text,type,label_gold\na,threateninglanguage,1\nb,none,0\n"
    assert _labels("hatemoji", text, "text,type,label_gold\n") == [
        {"discrimination": 1.0, "threat": 1.0},
        {"discrimination": 0.0, "threat": 0.0},
    ]


def test_implied_hate_is_soft_and_light() -> None:
    posts = "post\tclass\na\timplicit_hate\nb\tnot_hate\nc\texplicit_hate\n"
    kinds = "post\timplicit_class\na\tthreatening\n"
    rows = _rows("implicit_hate", posts, kinds)
    assert [dict(row.labels) for row in rows] == [
        {"discrimination": 0.8, "threat": 0.6},
        {"discrimination": 0.0},
        {"discrimination": 1.0},
    ]
    assert {row.weight for row in rows} == {0.5}


def test_sexism_says_nothing_sure_of_what_is_not_sexist() -> None:
    text = (
        "text,label_sexist,label_category,label_vector,split\n"
        "a,sexist,1. threats,1.1 threats of harm,train\nb,not sexist,none,none,dev\n"
        "c,sexist,2. derogation,2.3 dehumanising,train\n"
    )
    rows = _rows("edos_sexism", text)
    assert [dict(row.labels) for row in rows] == [
        {"discrimination": 1.0, "threat": 1.0},
        {"discrimination": 0.0},
        {"discrimination": 1.0, "threat": 0.0},
    ]
    assert rows[1].weight < rows[0].weight


def test_gab_has_three_labels() -> None:
    assert _labels("gab_hate_corpus", "text\thd\tcv\tvo\na\t1\t0\t1\n") == [
        {"discrimination": 1.0, "threat": 0.0, "profanity": 1.0}
    ]


def test_abuse_of_a_party_is_neither_discrimination_nor_harassment() -> None:
    text = (
        "id\ttext\tlabels\n1\ta\tAffiliationDirectedAbuse\n2\tb\tPersonDirectedAbuse\n3\tc\tIdentityDirectedAbuse\n"
        "4\td\tCounterSpeech\n5\te\tIdentityDirectedAbuse,PersonDirectedAbuse\n"
    )
    assert _labels("cad_contextual_abuse", "id\ttext\tlabels\n", text) == [
        {"discrimination": 0.0, "harassment": 0.0},
        {"discrimination": 0.0, "harassment": 1.0},
        {"discrimination": 1.0},
        {"discrimination": 0.0, "harassment": 0.0},
        {"discrimination": 1.0, "harassment": 1.0},
    ]


def test_an_impolite_political_post_teaches_its_tone_and_no_breach() -> None:
    text = "text,impoliteness,intolerance\na,0,0\nb,1,0\nc,0,1\n"
    civil, rude, intolerant = _labels("mupid_political_incivility", text)
    assert set(civil.values()) == {0.0}
    assert {"incivility", "discrimination", "threat"} <= civil.keys()
    assert rude == {"incivility": 1.0, "intolerance": 0.0}
    assert intolerant == {"incivility": 0.0, "intolerance": 1.0}


def test_the_share_of_annotators_is_a_soft_label() -> None:
    annotations = "annotation,comment_id\n1,c\n2,c\n3,c\n4,d\n"
    comments = "comment_id,comment_text\nc,some words\nd,others\ne,nobody looked\n"
    spans = (
        "annotation,type,start,end\n1,Insult,0,4\n1,Insult,5,6\n2,Insult,0,4\n3,Threat,0,4\n"
        "4,Profane/Obscene,0,2\n4,Other Toxicity,0,2\n"
    )
    insult, profane = _labels("civil_toxic_spans", annotations, comments, spans)
    assert insult == {
        "harassment": pytest.approx(2 / 3),
        "discrimination": 0.0,
        "profanity": 0.0,
    }  # one voice: no threat
    assert profane == {"harassment": 0.0, "discrimination": 0.0, "profanity": 1.0, "threat": 0.0}


def test_talk_pages() -> None:
    text = "id,comment_text,toxic,severe_toxic,obscene,threat,insult,identity_hate\n1,a,1,0,1,0,1,0\n"
    assert _labels("jigsaw_wiki_subset", text) == [
        {"discrimination": 0.0, "threat": 0.0, "harassment": 1.0, "profanity": 1.0}
    ]
    talk = "id,text,label\n1,fine,0\n2,toxic,1\n"
    rows = _rows("wiki_context_toxicity", talk, "id,text,label\n")
    assert [row.text for row in rows] == ["fine"]
    assert "spam" not in rows[0].labels


def test_a_chatbot_s_annotators_vote() -> None:
    kinds = ("is_abuse.1", "is_abuse.0", "is_abuse.-1", "is_abuse.-2", "is_abuse.-3")
    marks = (*kinds, "ableist", "homophobic", "racist", "sexist", "sex_harassment", "transphobic")
    columns = [f"Annotator{n}_{mark}" for n in range(1, 9) for mark in marks if (n, mark) != (8, "transphobic")]
    votes = {"Annotator1_is_abuse.-3": "1", "Annotator1_sex_harassment": "1", "Annotator2_is_abuse.-1": "1"}
    line = ",".join(["said", *[votes.get(column, "") for column in columns]])
    nobody = ",".join(["unseen", *[""] * len(columns)])
    text = f"user,{','.join(columns)}\n{line}\n{nobody}\n"
    assert _labels("convabuse", text, f"user,{','.join(columns)}\n") == [{"sexual": 0.5, "discrimination": 0.0}]


def test_offence_of_an_unsaid_kind_teaches_nothing() -> None:
    assert _labels("hatexplain_magpie", "text,label\na,2\nb,1\nc,0\n") == [
        {"discrimination": 1.0},
        {"discrimination": 0.0, "harassment": 0.0},
    ]


def test_a_biased_set_gives_swear_words_only_and_lightly() -> None:
    rows = _rows("davidson", "class,tweet\n0,a\n1,b\n2,c\n")
    assert [(row.text, dict(row.labels)) for row in rows] == [("b", {"profanity": 1.0})]
    assert rows[0].weight < 0.5


def test_spam_under_one_video_stays_on_one_side() -> None:
    assert len(FILES["youtube_spam"]) == len(_rows("youtube_spam", *["CONTENT,CLASS\nx,1\n"] * 4)) == 4
    files = {name: io.StringIO("CONTENT,CLASS\na,1\nb,0\n") for name in FILES["youtube_spam"]}
    sides = [row.part for row in read_youtube_spam(files)]
    assert sides == [Part.TUNE, Part.TUNE, Part.JUDGE, Part.JUDGE, *[Part.TRAIN] * 4]


def test_promotion_is_half_spam() -> None:
    marks = [
        (["scam"], ["phishing", "spam"]),
        (["scam"], ["promo"]),
        (["clean"], ["clean"]),
        (["scam"], ["engagement_bait"]),
        (["topic_crypto"], []),
    ]
    text = "\n".join(json.dumps({"text": "t", "labels": labels, "raw_labels": raw}) for labels, raw in marks)
    neither = {"advertising": 0.0, "phishing": 0.0}
    assert _labels("janitr_x_scam_spam", text) == [
        {"spam": 1.0, "advertising": 0.0, "phishing": 1.0},
        {"spam": 0.6, "advertising": 1.0, "phishing": 0.0},
        {"spam": 0.0} | neither,
        {"spam": 0.0} | neither,
    ]
