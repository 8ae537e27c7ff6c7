"""Wording of credential phishing."""

from __future__ import annotations

from detection_stream.demo.phrases import COMMON
from detection_stream.simulation.grammar import Grammar

LURES = Grammar(
    {
        "threat": (
            "Otherwise access ends {soon}.",
            "Messages will be held back until then.",
            "After {number} hours the mailbox is closed.",
            "Failing that, the account is set to read only.",
            "This is the final notice.",
            "Unconfirmed accounts are removed on {weekday}.",
            "",
            "",
        ),
        "account_subject": (
            "Password expires {soon}",
            "Action required: {number} messages on hold",
            "Mailbox is {percent} percent full",
            "New sign-in to your account",
            "Re-validate {address}",
            "Ticket {reference}: mailbox upgrade",
            "Your session has ended",
            "Two-step verification must be renewed",
            "Undelivered mail for {reader}",
            "Security notice for {domain}",
        ),
        "account": (
            "The password for {address} runs out {soon}. Keep the current one by confirming it. "
            "{threat}",
            "{number} incoming messages could not be delivered to you because of a "
            "synchronisation error. Release them below. {threat}",
            "We noticed a sign-in from a new place. If it was not you, check your account "
            "{soon}. {threat}",
            "As part of the move to the new mail system every user has to log on once. {threat}",
            "Your storage is nearly used up. Request more space with the button below. {threat}",
            "The authenticator of {reader} must be linked again. {threat}",
        ),
        "button": (
            "Keep my password",
            "Release messages",
            "Check activity",
            "Confirm account",
            "Continue",
            "Verify now",
            "Log on",
            "Update settings",
        ),
        "document_subject": (
            "{who} shared a file with you",
            "Document for your signature: {reference}",
            "Proposal {reference}",
            "You have received a secure message",
            "Scan from {company}",
            "Contract {month} - signature needed",
            "Remittance {reference}",
            "{who} has sent you a folder",
            "Completed: agreement {reference}",
            "Fax of {number} pages",
        ),
        "document": (
            "{who} has sent you a protected document. Sign in with your mail account to read it.",
            "A remittance advice over {amount} is ready for you. {threat}",
            "Please review and sign the agreement {soon}. {threat}",
            "You have a new fax. It can be viewed online for {number} days.",
            "The proposal we spoke of is in the shared folder; use your work mail to open it.",
            "This encrypted message can only be read by {address}.",
        ),
        "open": ("Open document", "View file", "Review and sign", "Read message", "See the fax"),
        "hr_subject": (
            "Your salary review {month}",
            "Updated leave policy: acknowledgment needed",
            "Bonus statement",
            "Staff survey - last day",
            "Changes to your benefits",
            "Payroll: confirm your data",
        ),
        "hr": (
            "The results of the salary review are available. Log on with your work account to "
            "see your letter.",
            "All staff must acknowledge the new policy {soon}. {threat}",
            "Your bonus statement of {amount} is ready.",
            "Confirm your details before the payroll run. {threat}",
        ),
        "delivery_subject": (
            "Parcel {reference} could not be delivered",
            "Customs fee for {reference}",
            "Your package is waiting",
            "Reschedule your delivery",
        ),
        "delivery": (
            "The courier did not find you. Choose a new date {soon}. {threat}",
            "A fee of £{small}.99 is due before parcel {reference} can be handed over.",
            "The address on parcel {reference} is incomplete. Please correct it.",
        ),
        "track": ("Choose a date", "Pay the fee", "Correct address", "Track"),
        "german_subject": (
            "Ihr Kennwort läuft ab",
            "Wichtige Mitteilung zu Ihrem Postfach",
            "Neue Nachricht von der Personalabteilung",
        ),
        "german": (
            "Ihr Postfach {address} muss bis morgen bestätigt werden, sonst wird es gesperrt.",
            "{number} Nachrichten warten auf Ihre Freigabe.",
            "Bitte melden Sie sich an, um das Dokument zu lesen.",
        ),
        "german_button": ("Jetzt bestätigen", "Anmelden", "Nachrichten freigeben"),
    },
    COMMON,
)
