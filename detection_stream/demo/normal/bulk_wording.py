"""Wording of newsletters and advertisements."""

from __future__ import annotations

from detection_stream.demo.phrases import COMMON
from detection_stream.simulation.grammar import Grammar

PRINT = Grammar(
    {
        "topic": (
            "supply chains",
            "warehouse robots",
            "remote teams",
            "energy prices",
            "customs rules",
            "machine learning",
            "cloud costs",
            "packaging",
            "leadership",
            "data protection",
            "pension plans",
            "fleet leasing",
            "trade shows",
        ),
        "subject": (
            "The {weekday} brief: {topic}",
            "{small} ideas about {topic}",
            "What changes in {topic} this year",
            "{topic} and {topic}: our digest",
            "Reader question: is {topic} worth it?",
            "Issue {number}: {topic}",
        ),
        "headline": (
            "Why {topic} matters more than {topic}",
            "How one firm saved {percent} percent with {topic}",
            "{topic}: the numbers of {month}",
            "Interview: {small} years in {topic}",
            "A field guide to {topic}",
            "Opinion: stop worrying about {topic}",
        ),
        "teaser": (
            "We asked {number} managers and got surprising answers.",
            "The short version: start small and measure.",
            "Prices fell by {percent} percent, and nobody knows for how long.",
            "Plus: a checklist for your next meeting.",
            "Our correspondent visited a site where it already works.",
            "Rules get stricter from {month}; here is what to prepare.",
        ),
        "offer": (
            "{percent}% off until {weekday}",
            "Last chance: save {amount} on {topic}",
            "New in our shop: everything for {topic}",
            "Your free trial ends on {weekday}",
            "Join our webinar on {topic}, {weekday} at {clock}",
            "Act now: seats for the {topic} summit are limited",
            "Your exclusive upgrade is waiting",
            "Free white paper: {topic} in {number} pages",
        ),
        "pitch": (
            "Only until {weekday}: order now and get {percent} percent off.",
            "Register today, places are limited to {number}.",
            "Download the guide that {number}00 companies already use.",
            "Your account manager has reserved this offer for you.",
            "Do not miss it - the price goes up on {weekday}.",
            "See what is new in version {version}.",
        ),
        "social": (
            "{who} wants to connect with you",
            "You appeared in {number} searches this week",
            "{who} commented on a post about {topic}",
            "{small} new jobs that fit your profile",
            "{number} people looked at your profile",
        ),
    },
    COMMON,
)
