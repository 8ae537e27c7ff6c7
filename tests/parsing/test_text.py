import pytest

from detection_stream.parsing.text import fold, split_quoted


def test_fold() -> None:
    assert fold("a  b\t c \r\n\r\n\r\n\r\n  d\xa0 e\n\n") == "a b c\n\nd e"


@pytest.mark.parametrize(
    "history",
    [
        "On Mon, 1 Jan 2024, Bob wrote:\nold",
        "On Mon, 1 Jan 2024 at 10:00, Bob Example\n<bob@example.org> wrote:\nold",
        "Am 01.01.2024 um 10:00 schrieb Bob:\nold",
        "-----Original Message-----\nFrom: Bob\nold",
        "From: Bob\nSent: Monday\nold",
        "________________________________\nFrom: Bob\nSent: Monday\nold",
        "Von: Bob\nGesendet: Montag\nold",
        "> old\n> older",
    ],
)
def test_history_is_cut_and_the_signature_stays(history: str) -> None:
    assert split_quoted(f"new words\n-- \nAnn\n\n{history}") == ("new words\n-- \nAnn", history)


def test_answers_between_quoted_lines_are_new() -> None:
    text = "Hi\n\nOn Mon, Bob Example\nof Sales wrote:\n> one\n\nyes\n> two\nno"
    newest, quoted = split_quoted(text)
    assert newest == "Hi\n\n\nyes\nno"
    assert quoted == "On Mon, Bob Example\nof Sales wrote:\n> one\n> two"


@pytest.mark.parametrize(
    "text",
    [
        "On Monday we wrote:\nthat is, nothing",
        "-----Original Message-----\nFrom: Bob\npay now",
        "> only\n> quoted",
    ],
)
def test_text_that_is_all_history_stays(text: str) -> None:
    assert split_quoted(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    ["He wrote: no", "Sent: by mistake", "From: me to you", "a -- original idea", "x > y\nz"],
)
def test_ordinary_words_are_not_history(text: str) -> None:
    assert split_quoted(f"Hello\n{text}\nend") == (f"Hello\n{text}\nend", "")
