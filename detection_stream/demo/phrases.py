"""Phrases used by every kind of writer."""

from __future__ import annotations

from detection_stream.simulation.dice import Dice
from detection_stream.simulation.grammar import Grammar


def _amount(dice: Dice) -> str:
    size = 1 + dice.random() * 10
    value = 40 * size * size * size
    cents = dice.pick(("00", "00", "50", dice.digits(2)))
    sign = dice.pick(("EUR ", "£", "$", "€", "GBP "))
    return f"{sign}{int(value):,}.{cents}"


def _reference(dice: Dice) -> str:
    prefix = dice.pick(("INV-", "RE", "2025-", "SO", "PO-", "#", "N", "AR/"))
    return prefix + dice.digits(dice.between(4, 7))


COMMON = Grammar(
    {
        "amount": _amount,
        "reference": _reference,
        "number": lambda dice: str(dice.between(2, 48)),
        "small": lambda dice: str(dice.between(2, 6)),
        "percent": lambda dice: str(dice.between(5, 70)),
        "version": lambda dice: f"{dice.between(1, 9)}.{dice.between(0, 20)}.{dice.between(0, 9)}",
        "clock": lambda dice: f"{dice.between(8, 17)}:{dice.pick(('00', '15', '30', '45'))}",
        "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
        "month": ("January", "February", "March", "April", "the first quarter", "next month"),
        "soon": (
            "today",
            "by {weekday}",
            "this afternoon",
            "before noon",
            "by the end of the day",
            "in the next few days",
            "this week",
            "tomorrow morning",
            "when you get a minute",
        ),
        "project": (
            "the {codename} rollout",
            "{codename}",
            "the {month} close",
            "the warehouse move",
            "the tender for the northern sites",
            "the price list",
            "the trade fair stand",
            "the onboarding guide",
            "the {codename} pilot",
            "the audit",
            "the service contract",
            "the quarterly review",
            "the supplier survey",
            "the website relaunch",
            "the training plan",
            "the capacity forecast",
        ),
        "codename": (
            "Lantern",
            "Breakwater",
            "Compass",
            "Tidewater",
            "Foghorn",
            "Spinnaker",
            "Pierhead",
            "Halyard",
            "Sextant",
            "Mainsail",
        ),
        "greeting": (
            "Hi {reader},",
            "Hi {reader},",
            "Hello {reader},",
            "Dear {reader},",
            "{reader},",
            "Good morning {reader},",
            "Hey {reader},",
            "Good afternoon,",
            "Hi,",
            "Hi {reader} -",
        ),
        "closing": (
            "Best regards,",
            "Kind regards,",
            "Thanks,",
            "Thank you,",
            "Best,",
            "Many thanks,",
            "Regards,",
            "Cheers,",
            "All the best,",
            "With thanks,",
            "Sincerely,",
        ),
        "thanks": (
            "Thanks in advance.",
            "Thank you for your help.",
            "Much appreciated.",
            "Let me know if anything is unclear.",
            "Happy to talk it through.",
            "Just ring me if that is easier.",
            "Looking forward to hearing from you.",
            "Shout if there is a problem.",
            "I am in meetings until {clock}, mail is best.",
        ),
        "device": (
            "Sent from my iPhone",
            "Sent from my phone, please excuse brevity",
            "Get Outlook for iOS",
            "Sent from my mobile",
        ),
    }
)
