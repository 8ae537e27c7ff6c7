"""Wording of notifications."""

from __future__ import annotations

from detection_stream.demo.phrases import COMMON
from detection_stream.simulation.grammar import Grammar

ROBOT = Grammar(
    {
        "service": ("orders-api", "billing", "search", "gateway", "stock-sync", "auth", "reports"),
        "branch": ("main", "release/{version}", "fix/{service}-timeout", "feature/{codename}"),
        "build": ("passed", "failed", "is fixed", "still fails", "was cancelled"),
        "alert": (
            "disk usage at {percent} percent",
            "error rate above {percent} percent",
            "latency p99 is {number}00 ms",
            "certificate expires in {number} days",
            "no heartbeat for {number} minutes",
            "queue length {number}000",
        ),
        "ticket": (
            "VPN drops every {number} minutes",
            "New laptop for {month}",
            "Cannot print on floor {small}",
            "Access to {codename} folder",
            "Error when exporting {reference}",
            "Password expired for shared mailbox",
            "Update {service} to {version}",
        ),
        "change": (
            "was assigned to you",
            "has a new comment",
            "was resolved",
            "is waiting for your answer",
            "changed priority to high",
        ),
        "meeting": (
            "Weekly sync",
            "{codename} planning",
            "One to one",
            "Budget review {month}",
            "Interview",
            "Retrospective",
            "Supplier call {reference}",
        ),
        "away": (
            "I am out of the office until {weekday} and will answer after my return.",
            "Thank you for your message. I am travelling with limited access to mail.",
            "I am on parental leave. Please write to the team's mailbox.",
            "I am not working today. In urgent cases please call the front desk.",
        ),
    },
    COMMON,
)
