"""Mail among colleagues."""

from __future__ import annotations

from detection_stream.demo.letters import answer, letter
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.model.message import Address
from detection_stream.simulation.draft import Draft, LinkParagraph, Paragraph, Thread
from detection_stream.simulation.files import office_file
from detection_stream.simulation.grammar import Grammar

TALK = Grammar(
    {
        "subject": (
            "{project}",
            "Question about {project}",
            "{project}: next steps",
            "Notes from {weekday}",
            "{weekday} meeting",
            "Draft for {project}",
            "Figures for {month}",
            "Quick one on {project}",
            "Who covers {weekday}?",
            "Order {reference}",
            "Access for the new starter",
            "Room for {weekday} {clock}",
            "Holiday cover",
            "Customer complaint {reference}",
            "Lunch on {weekday}?",
            "Update: {project}",
            "Feedback wanted: {project}",
            "Parking spaces",
            "Broken printer on floor {small}",
        ),
        "point": (
            "I have gone through {project} and left comments in the file.",
            "The numbers for {month} are {percent} percent above plan.",
            "The supplier wants an answer {soon}.",
            "We still need somebody for the {weekday} shift.",
            "The customer called again about {reference}.",
            "I moved our meeting to {weekday} at {clock}.",
            "There are {number} open points, most of them small.",
            "The test run failed at step {small}, logs are in the usual place.",
            "Facilities will close the side entrance on {weekday}.",
            "I would like to have {project} signed off {soon}.",
            "The draft is about {number} pages, skip the annex.",
            "As for {project}, it slipped by {small} days because of the missing parts.",
            "The team agreed to keep the old process until {month}.",
            "Budget is fine: {amount} left.",
            "I spoke to legal, they are happy with the wording.",
            "The new colleague starts on {weekday}, please say hello.",
            "Nobody has booked the demo room yet.",
            "My laptop is being replaced, so I may be slow to answer.",
        ),
        "ask": (
            "Could you have a look {soon}?",
            "Can you send me the latest version {soon}?",
            "What do you think?",
            "Are you free on {weekday} around {clock}?",
            "Please add your part {soon}.",
            "Would you mind checking the totals?",
            "Do we need approval for that?",
            "Can we talk about it on {weekday}?",
            "Please confirm {soon}.",
            "No action needed from your side.",
            "Who should own this?",
        ),
        "paragraph": (
            "{point} {ask}",
            "{point} {point}",
            "{point} {point} {ask}",
            "{ask} {point}",
            "{point}",
        ),
        "reply": (
            "Sounds good to me.",
            "Yes, {weekday} works. {point}",
            "Not sure yet. {ask}",
            "Done, thanks.",
            "Thanks! {point}",
            "I would rather wait until {weekday}. {point}",
            "Agreed. {thanks}",
            "See my comments below. {point} {ask}",
            "Sorry for the delay. {point}",
            "Adding some context: {point} {point}",
            "Let us do it. {ask}",
            "I can take that over.",
            "Please see the attached version.",
            "Let me check and come back to you {soon}.",
        ),
        "announcement": (
            "Canteen menu and opening hours",
            "Fire drill on {weekday}",
            "Welcome to our new colleagues",
            "Results of {month}",
            "Travel policy, version {small}",
            "Maintenance window on {weekday} {clock}",
            "Summer party: save the date",
            "Please complete the safety training",
        ),
    },
    COMMON,
)


def _workplace_link(world: World) -> LinkParagraph:
    dice = world.dice
    slug = dice.hex(8)
    url, text = dice.pick(
        (
            (f"https://wiki.harborlight.example/pages/{dice.digits(6)}", "wiki page"),
            (f"https://files.harborlight.example/s/{slug}", "Open the folder"),
            (f"https://docs.google.com/document/d/1{slug}{dice.hex(12)}/edit", "Document"),
            (f"https://teams.microsoft.com/l/meetup-join/19%3a{slug}", "Join the meeting"),
            (f"https://tickets.harborlight.example/browse/HL-{dice.digits(4)}", ""),
            (f"https://bi.harborlight.example/dashboards/{dice.digits(3)}?range=30d", "dashboard"),
        )
    )
    return LinkParagraph(url, text)


def open_thread(world: World) -> Draft:
    """A colleague starts a conversation."""
    dice = world.dice
    author = world.colleague()
    readers = world.others(author, dice.favour((1, 1, 2, 3, 4, 6)))
    subject = TALK.say("subject", dice)
    subject = subject[0].upper() + subject[1:]
    paragraphs: list[Paragraph] = [
        TALK.say("paragraph", dice) for _ in range(dice.favour((1, 1, 2, 3)))
    ]
    if dice.chance(0.2):
        paragraphs.append(_workplace_link(world))
    body = letter(world, author, readers[0].mailbox if len(readers) == 1 else None, *paragraphs)
    files = [office_file(f"{subject[:24].strip(' :?')}", dice)] if dice.chance(0.14) else []
    return Draft(
        author,
        [readers[0].mailbox],
        subject,
        body,
        cc=[one.mailbox for one in readers[1:]],
        files=files,
        thread=Thread(subject, (author, *readers), external=False),
    )


def reply(world: World) -> Draft:
    """A colleague replies in a conversation, or starts one if there is none."""
    thread = world.thread(external=False)
    if thread is None:
        return open_thread(world)
    dice = world.dice
    author = dice.pick([one for one in thread.members if one is not thread.last_author])
    last = thread.last_author.mailbox if thread.last_author else None
    body = letter(world, author, last, TALK.say("reply", dice))
    return answer(world, thread, author, body, cc_rest=dice.chance(0.8))


def mailing_list(world: World) -> Draft:
    """A post to one of the organisation's lists."""
    dice = world.dice
    author = world.colleague()
    name = dice.pick(("engineering", "all-staff", "sales-team", "social", "harbour-office"))
    address = Address(name.replace("-", " ").title(), f"{name}@lists.harborlight.example")
    subject = f"[{name}] {TALK.say('subject', dice)}"
    body = letter(world, author, None, TALK.say("paragraph", dice), TALK.say("paragraph", dice))
    return Draft(
        author,
        [address],
        subject,
        body,
        headers=(
            f"List-Id: <{name}.lists.harborlight.example>",
            f"List-Post: <mailto:{address.address}>",
            "Precedence: list",
        ),
    )


def announcement(world: World) -> Draft:
    """A manager's announcement."""
    dice = world.dice
    author = dice.pick((world.executive(), world.colleague("Human Resources", "IT", "Marketing")))
    readers = [one.mailbox for one in dice.sample(world.present, dice.between(8, 25))]
    body = letter(
        world,
        author,
        None,
        TALK.say("paragraph", dice),
        TALK.say("paragraph", dice),
        _workplace_link(world),
    )
    return Draft(author, readers, TALK.say("announcement", dice), body)


def file_share(world: World) -> Draft:
    """A file-sharing notification about a colleague."""
    dice = world.dice
    author = world.colleague()
    reader = world.others(author, 1)[0]
    name = f"{TALK.say('codename', dice)} {TALK.say('month', dice)} v{dice.between(1, 9)}.xlsx"
    return Draft(
        author,
        [reader.mailbox],
        f'{author.mailbox.name} shared "{name}" with you',
        [
            f"{author.mailbox.name} has shared a file with you.",
            LinkParagraph(f"https://files.harborlight.example/s/{dice.hex(10)}", name),
            f"Only people at {author.company} with the link can open it.",
        ],
    )


SCENARIOS = (
    Scenario("internal_thread", "safe", 190, open_thread),
    Scenario("internal_reply", "safe", 250, reply),
    Scenario("mailing_list", "safe", 18, mailing_list),
    Scenario("announcement", "safe", 5, announcement),
    Scenario("internal_file_share", "safe", 14, file_share),
)
