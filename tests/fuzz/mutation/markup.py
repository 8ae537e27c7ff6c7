"""Mutations of HTML bodies."""

from __future__ import annotations

from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.tree import Part

_OPEN = (
    b"<b>", b"<div>", b"<table><tr><td>", b"<a href=http://a.example/>", b"<font size=0>",
    b"<i><p>", b"<svg><style>", b"<math><mi>", b"<select><option>", b"<form action=/x>",
    b"<template>", b"<noscript>", b"<plaintext>", b"<!--", b"<![CDATA[", b"<!DOCTYPE", b"<style>a{",
    b"<script>", b"<title>", b"<textarea>", b"<ruby><rt>", b"<nobr>", b"<button>", b"<frameset>",
    b"<iframe>",
)  # fmt: skip
_PIECES = (
    b"&#0;", b"&#x110000;", b"&amp", b"&notit;", b"&" * 50, b"<", b">", b"</", b"<a", b"<a href=",
    b"<a href='\0'>", b"<base href='../../'>", b"<meta charset=utf-16>", b"<br/" * 20,
    b"\xed\xa0\x80", b"<a href='http://[::1'>x</a>", b"<a href='javascript:x'>http://b.example</a>",
    b"<wbr>", b"<img src=//a.example/%00>", b"<a href='http://a@b@c.example:99999/'>",
    b"</b></i></p></div>", b"<input type=password>", b"<span style='display:none'>",
    b"<p style='/*'>", b"\xe2\x80\x8b",
)  # fmt: skip
_STYLES = (
    b"/*",
    b"*/",
    b"color:#fff;",
    b"font-size:0",
    b";",
    b":",
    b"url(",
    b"\\",
    b"'",
    b"{",
    b"!important",
)


def _pages(root: Part) -> list[Part]:
    return [part for part in root.every() if b"html" in part.get(b"content-type")]


def _page(chance: Chance, root: Part) -> Part:
    """An HTML part, decoded so that a change is not lost in its transfer encoding."""
    pages = _pages(root)
    part = chance.some(pages) if pages else chance.some(root.every())
    if not pages:
        part.put(b"content-type", b"Content-Type: text/html; charset=utf-8")
        part.parts = []
    part.put(b"content-transfer-encoding", b"Content-Transfer-Encoding: 8bit")
    return part


def _into(chance: Chance, part: Part, more: bytes) -> None:
    at = chance.randint(0, len(part.body))
    part.body = part.body[:at] + more + part.body[at:]


def deepen(chance: Chance, root: Part) -> None:
    """Elements that are never closed, of one or several kinds."""
    kinds = [chance.some(_OPEN) for _ in range(chance.randint(1, 3))]
    count = chance.size(60, 30_000)
    more = b"".join(chance.some(kinds) for _ in range(count))
    if chance.random() < 0.3:
        more = kinds[0] * count + kinds[-1] * count
    _into(chance, _page(chance, root), more)


def strew(chance: Chance, root: Part) -> None:
    """Pieces that parsers trip over."""
    part = _page(chance, root)
    for _ in range(chance.size(6, 200)):
        _into(chance, part, chance.some(_PIECES))


def repeat_piece(chance: Chance, root: Part) -> None:
    """One piece many times."""
    _into(chance, _page(chance, root), chance.some(_PIECES) * chance.size(100, 20_000))


def attributes(chance: Chance, root: Part) -> None:
    """An element with many attributes, or with a long one."""
    count = chance.size(100, 30_000)
    match chance.randrange(3):
        case 0:
            inner = b" ".join(b"a%d=%d" % (number, number) for number in range(count))
        case 1:
            inner = b"style='" + b"".join(chance.some(_STYLES) for _ in range(count)) + b"'"
        case _:
            inner = b"style='" + chance.some(_STYLES) * count + b"'"
    _into(chance, _page(chance, root), b"<p %b>" % inner)


def base(chance: Chance, root: Part) -> None:
    """A base of all links that is long."""
    steps = chance.some((b"../", b"./", b"/", b"a/", b"//", b"?", b"#", b"%2e%2e/"))
    made = b"<base href='http://a.example/%b'>" % (steps * chance.size(50, 30_000))
    _into(chance, _page(chance, root), made + b"<a href='x'>y</a>" * chance.size(5, 500))


def rules(chance: Chance, root: Part) -> None:
    """A style sheet."""
    count = chance.size(30, 5_000)
    made = b"".join(
        b"%b%d%b{%b}"
        % (
            chance.some((b".", b"#", b"a ", b"@media ", b"*>")),
            number,
            b",x" * 3,
            chance.some(_STYLES),
        )
        for number in range(count)
    )
    _into(chance, _page(chance, root), b"<style>%b</style><p class='1 2 3' id=4>x</p>" % made)


def many_links(chance: Chance, root: Part) -> None:
    """Links, in markup and in text."""
    forms = (
        b"<a href=http://h%d.example/>x</a>",
        b" http://h%d.example/?a=b&c ",
        b"www.h%d.com ",
        b"http://%d/",
    )
    form = chance.some(forms)
    links = (form % number for number in range(chance.size(30, 20_000)))
    _into(chance, _page(chance, root), b"".join(links))


MARKUP = (deepen, strew, repeat_piece, attributes, rules, many_links, base)
