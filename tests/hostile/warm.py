"""Imported once by the process from which each measured one is forked: loads and warms the code."""

from tests.hostile.meter import read_one
from tests.parsing.parsing_samples import MIXED, PLAIN

for _mail in (PLAIN, MIXED):
    read_one(_mail, "rfc5322")
read_one(b'{"subject": "Hello", "text": "Hello", "html": "<p>Hello</p>"}', "json")
