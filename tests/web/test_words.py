"""What came from mail is shown so that it can do no harm."""

from __future__ import annotations

from detection_stream.web.pages import defang, size, visible


def test_links_of_mail_are_no_links() -> None:
    assert defang("see https://evil.example/a.b?c") == "see hxxps://evil[.]example/a[.]b?c"
    assert defang("HTTP://10.0.0.1") == "HxxP://10[.]0[.]0[.]1"
    assert visible("a\u202eb\x00c\n") == "a\\u202eb\\u0000c\n"


def test_sizes_are_for_people() -> None:
    assert [size(n) for n in (0, 999, 1_000, 12_345, 5e9)] == [
        "0 B", "999 B", "1.0 KB", "12 KB", "5.0 GB",
    ]  # fmt: skip
