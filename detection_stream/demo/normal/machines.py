"""Automatic notifications."""

from __future__ import annotations

from detection_stream.demo.clock import AROUND_THE_CLOCK
from detection_stream.demo.letters import quote
from detection_stream.demo.normal.machine_wording import ROBOT
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.model.message import Address
from detection_stream.simulation import infrastructure as net
from detection_stream.simulation import mailers
from detection_stream.simulation.dates import DAY, stamp
from detection_stream.simulation.draft import Correspondent, Draft, File, LinkParagraph
from detection_stream.simulation.files import pdf, sound


def _robot(name: str, local: str, *, card: bool = False) -> Correspondent:
    mailer = mailers.SERVICE if card else mailers.SCRIPT
    return Correspondent(Address(name, f"{local}@harborlight.example"), mailer, net.INSIDE)


_CI = _robot("Build Server", "builds")
_MONITOR = _robot("Monitoring", "alerts")
_TICKETS = _robot("Service Desk", "servicedesk", card=True)
_BACKUP = _robot("root", "root")
_SCANNER = _robot("Scanner Floor 2", "scanner-2")
_VOICEMAIL = _robot("Voicemail", "voicemail")
_APPROVALS = _robot("Purchase Approvals", "approvals", card=True)


def build_result(world: World) -> Draft:
    """Continuous integration."""
    dice = world.dice
    service, branch = ROBOT.say("service", dice), ROBOT.say("branch", dice)
    run = dice.digits(5)
    return Draft(
        _CI,
        [world.colleague("Engineering").mailbox],
        f"[{service}] build {run} {ROBOT.say('build', dice)}",
        [
            f"Branch: {branch}\nCommit: {dice.hex(10)}\nDuration: {dice.between(40, 900)} s",
            LinkParagraph(f"https://ci.harborlight.example/{service}/runs/{run}"),
        ],
        headers=("Auto-Submitted: auto-generated",),
    )


def alert(world: World) -> Draft:
    """Monitoring, which links to IP addresses."""
    dice = world.dice
    service, text = ROBOT.say("service", dice), ROBOT.say("alert", dice)
    state = dice.pick(("FIRING", "RESOLVED", "WARNING"))
    return Draft(
        _MONITOR,
        [world.colleague("Engineering", "IT").mailbox],
        f"[{state}] {service}: {text}",
        [
            f"{service} in {dice.pick(('eu-1', 'eu-2', 'us-1'))}: {text}\nsince {stamp(world.now)}",
            LinkParagraph(
                f"http://10.20.{dice.between(1, 9)}.{dice.between(2, 99)}:3000/d/{dice.hex(8)}"
            ),
        ],
        headers=("Auto-Submitted: auto-generated", "X-Priority: 1"),
    )


def ticket(world: World) -> Draft:
    """The service desk."""
    dice = world.dice
    key = f"HL-{dice.digits(5)}"
    title, change = ROBOT.say("ticket", dice), ROBOT.say("change", dice)
    return Draft(
        _TICKETS,
        [world.colleague().mailbox],
        f"[{key}] {title}",
        [
            f"{key} {change}.",
            f"Summary: {title}\nReporter: {world.colleague().mailbox.name}",
            LinkParagraph(f"https://tickets.harborlight.example/browse/{key}", "View the ticket"),
        ],
        headers=("Auto-Submitted: auto-generated",),
    )


def invitation(world: World) -> Draft:
    """A calendar invitation."""
    dice = world.dice
    author = world.colleague()
    readers = [one.mailbox for one in world.others(author, dice.between(1, 5))]
    title = ROBOT.say("meeting", dice)
    day = dice.pick(("Invitation", "Updated invitation", "Cancelled", "Accepted"))
    start = stamp(world.now + dice.between(1, 9) * DAY)
    calendar = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
        f"UID:{dice.hex(12)}\r\nSUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    return Draft(
        author,
        readers,
        f"{day}: {title}",
        [
            f"{title}\n{start}",
            LinkParagraph(
                f"https://teams.microsoft.com/l/meetup-join/19%3a{dice.hex(12)}", "Join online"
            ),
        ],
        files=[File("invite.ics", "text/calendar; method=REQUEST", calendar.encode())],
    )


def backup_report(world: World) -> Draft:
    """The nightly job."""
    dice = world.dice
    host = f"db{dice.between(1, 8)}"
    return Draft(
        _BACKUP,
        [Address("", "it-operations@harborlight.example")],
        f"Backup {host}: {dice.pick(('OK', 'OK', 'OK', 'WARNING', 'FAILED'))}",
        [f"{dice.between(10, 900)} GB in {dice.between(5, 200)} minutes, {dice.hex(8)}"],
        headers=("Auto-Submitted: auto-generated",),
    )


def scan(world: World) -> Draft:
    """A nearly empty mail from the scanner."""
    name = f"SCAN_{world.dice.digits(6)}"
    reader = world.colleague().mailbox
    files = [pdf(name, world.dice)]
    return Draft(_SCANNER, [reader], "Scanned document", ["Pages: 2"], files=files)


def voicemail(world: World) -> Draft:
    """A missed call."""
    dice = world.dice
    caller = f"+44 1632 960{dice.digits(3)}"
    return Draft(
        _VOICEMAIL,
        [world.colleague().mailbox],
        f"Voice message from {caller}",
        [f"{caller} left a message of {dice.between(5, 90)} seconds."],
        files=[sound(f"message-{dice.digits(5)}", dice)],
    )


def approval(world: World) -> Draft:
    """A purchase awaiting approval."""
    dice = world.dice
    number = dice.digits(6)
    return Draft(
        _APPROVALS,
        [world.colleague("Finance", "Procurement", "Operations").mailbox],
        f"Approval needed: request {number}",
        [
            f"{world.colleague().mailbox.name} asks for {COMMON.say('amount', dice)}.",
            LinkParagraph(
                f"https://approvals.harborlight.example/r/{number}", "Review the request"
            ),
        ],
    )


_HOSTED = (
    ("Harborlight HR", "peoplepay.example", True),
    ("Expense Tool", "receiptbox.example", False),
    ("Harborlight Learning", "skilldeck.example", True),
    ("Travel Desk", "tripdesk.example", False),
)
"""Hosted services that write in the organisation's name, not all of them well configured."""


def hosted_service(world: World) -> Draft:
    """A service outside that uses an address of the organisation."""
    dice = world.dice
    name, carrier, aligned = dice.pick(_HOSTED)
    author = Correspondent(
        Address(name, "no-reply@harborlight.example"),
        mailers.SERVICE,
        net.platform("harborlight.example", carrier, dice, aligned=aligned),
    )
    topic = dice.pick(
        (
            "Your payslip is available",
            "Your expense report was approved",
            "A course is waiting for you",
            "Your itinerary",
            "Please review your details",
            "Receipt missing",
        )
    )
    return Draft(
        author,
        [world.colleague().mailbox],
        topic,
        [
            f"{topic}. Sign in to see the details.",
            LinkParagraph(f"https://harborlight.{carrier}/inbox/{dice.hex(8)}", "Sign in"),
            "This message was sent automatically, answers are not read.",
        ],
    )


def out_of_office(world: World) -> Draft:
    """An automatic reply to the last message of a conversation."""
    dice = world.dice
    thread = world.thread(external=dice.chance(0.5))
    if thread is None or thread.last_author is None:
        return backup_report(world)
    author = dice.pick([one for one in thread.members if one is not thread.last_author])
    return Draft(
        author,
        [thread.last_author.mailbox],
        f"Automatic reply: {thread.subject}",
        [ROBOT.say("away", dice), author.signature],
        quoted=quote(thread) if dice.chance(0.2) else "",
        references=thread.identifiers[-1:],
        headers=("Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"),
    )


SCENARIOS = (
    Scenario("build_result", "safe", 12, build_result, AROUND_THE_CLOCK),
    Scenario("alert", "safe", 9, alert, AROUND_THE_CLOCK),
    Scenario("ticket", "safe", 11, ticket),
    Scenario("calendar_invitation", "safe", 11, invitation),
    Scenario("backup_report", "safe", 3, backup_report, AROUND_THE_CLOCK),
    Scenario("scan_to_mail", "safe", 3, scan),
    Scenario("voicemail", "safe", 2, voicemail),
    Scenario("purchase_approval", "safe", 2, approval),
    Scenario("hosted_service", "safe", 5, hosted_service),
    Scenario("out_of_office", "safe", 3, out_of_office),
)
