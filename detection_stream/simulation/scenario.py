"""Kinds of simulated mail, read from files that hold their wording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from detection_stream.errors import InputError
from detection_stream.simulation.grammar import Grammar

SCENARIOS_DIRECTORY: Final = Path(__file__).parent / "scenarios"
_COMMON_DIRECTORY: Final = Path(__file__).parent / "phrases"

HARMLESS: Final = frozenset({"safe", "graymail"})
VALUES: Final = frozenset(
    [
        "reader",
        "reader_full",
        "reader_address",
        "reader_domain",
        "sender",
        "sender_full",
        "company",
        "partner",
        "service",
        "colleague",
        "topic",
        "amount",
        "amount_number",
        "reference",
        "iban",
        "bank",
        "phone",
        "wallet",
        "date",
        "year",
        "clock",
        "number",
        "small",
        "percent",
        "code",
        "link",
        "link_host",
    ]
)
"""Slots that the code fills in; see ``compose``."""

Actor = Literal[
    "executive_freemail", "executive_lookalike", "executive_stranger", "executive_spoof",
    "colleague_freemail", "colleague_lookalike", "colleague_spoof", "colleague_account",
    "partner_account", "partner_lookalike", "partner_freemail", "stranger_freemail",
    "stranger_company", "fresh_domain", "service_fresh", "service_company", "service_freemail",
    "service_platform", "service_spoof", "new_company", "new_freemail", "known_partner",
    "colleague", "executive", "colleague_private", "executive_private", "real_service",
    "own_service",
]  # fmt: skip
Addressee = Literal[
    "anyone", "finance", "personnel", "it", "executive", "correspondent", "assistant"
]
Conversation = Literal["none", "feigned", "joined", "alien"]
Answers = Literal["author", "freemail", "lookalike"]
Look = Literal["letter", "notice", "plain"]
Hours = Literal["business", "any", "night"]
LinkTarget = Literal[
    "free_host", "fresh_domain", "lookalike", "compromised_site", "shortener", "address",
    "redirect", "file_share", "platform", "own_lookalike", "service_site", "partner_site",
    "common_site",
]  # fmt: skip
Attached = Literal[
    "none", "pdf", "spreadsheet", "document", "macro_document", "archive", "archive_script",
    "archive_locked", "html_form", "html_script", "disc_image", "shortcut", "calendar", "message",
    "picture", "code_picture",
]  # fmt: skip
_Weight = Annotated[float, Meta(gt=0)]
_Range = tuple[Annotated[int, Meta(ge=1)], Annotated[int, Meta(ge=1)]]


class _File(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    description: str
    kind: str
    share: _Weight
    senders: Annotated[dict[Actor, _Weight], Meta(min_length=1)] = msgspec.field(name="from")
    to: Annotated[dict[Addressee, _Weight], Meta(min_length=1)]
    texts: Annotated[dict[str, dict[str, list[str]]], Meta(min_length=1)]
    campaign: _Range = (1, 1)
    services: list[str | tuple[str, str]] = []
    recipients: _Range = (1, 1)
    thread: dict[Conversation, _Weight] = msgspec.field(default_factory=lambda: {"none": 1.0})
    replies_to: dict[Answers, _Weight] = msgspec.field(default_factory=lambda: {"author": 1.0})
    hours: Hours = "business"
    look: dict[Look, _Weight] = msgspec.field(default_factory=lambda: {"letter": 1.0})
    links: dict[LinkTarget, _Weight] = {}
    files: dict[Attached, _Weight] = msgspec.field(default_factory=lambda: {"none": 1.0})
    file_names: list[str] = []


class MailScenario(_File, frozen=True, dict=True):
    """One kind of mail: who writes to whom, how, and in which words.

    ``kind`` is ``safe``, ``graymail``, ``spam`` or an attack type; mappings hold weights. Each of
    ``texts`` is a grammar in one language whose rules ``subject`` and ``text`` make a message; a
    paragraph ``[words](link)`` is a link. ``campaign`` is the range of messages that share author
    and link.
    """

    id: str = ""

    @property
    def is_harmless(self) -> bool:
        """Whether it only looks like an attack."""
        return self.kind in HARMLESS

    @cached_property
    def grammars(self) -> dict[str, Grammar]:
        """The texts by language, with what that language has in common.

        The rule ``file_name`` has those of ``file_names`` that can be said in the language.
        """
        return {language: self._grammar(language, rules) for language, rules in self.texts.items()}

    def _grammar(self, language: str, rules: Mapping[str, Sequence[str]]) -> Grammar:
        said = {name: tuple(alternatives) for name, alternatives in rules.items()}
        grammar = Grammar(said, common(language))
        names = tuple(name for name in self.file_names if not grammar.unknown(name) - VALUES)
        return Grammar({"file_name": names}, grammar) if names else grammar

    def problems(self) -> Iterator[str]:
        """What is wrong with the texts."""
        for language, rules in self.texts.items():
            grammar = self.grammars[language]
            wanted = {"subject", "text"} | ({"earlier"} if "feigned" in self.thread else set())
            if self.files.keys() - {"none"}:
                wanted |= {"file_name"}
            for rule in sorted(wanted):
                if grammar.unknown(f"{{{rule}}}"):
                    yield f"texts.{language} has no {rule}"
            for rule, alternatives in rules.items():
                for slot in sorted(grammar.unknown(" ".join(alternatives)) - VALUES):
                    yield f"texts.{language}.{rule}: {{{slot}}} is no rule and no value"


@cache
def common(language: str) -> Grammar:
    """Greetings and the like of a language, given as ISO 639-1.

    Raises:
        InputError: there are none.
    """
    path = _COMMON_DIRECTORY / f"{language}.yml"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in _COMMON_DIRECTORY.glob("*.yml")))
        raise InputError(f"no scenario can be in {language!r}; the languages are {known}")
    rules = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Grammar({name: tuple(alternatives) for name, alternatives in rules.items()})


def load_scenario(path: Path) -> MailScenario:
    """Read a scenario.

    Raises:
        InputError: the file is not one.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        scenario = msgspec.convert({**found, "id": path.stem}, MailScenario, strict=False)
        problems = list(scenario.problems())
    except (OSError, yaml.YAMLError, msgspec.ValidationError, TypeError) as error:
        raise InputError(f"{path} is not a scenario: {error}") from error
    if problems:
        raise InputError(f"{path}: {'; '.join(problems)}")
    return scenario


def load_scenarios(directory: Path = SCENARIOS_DIRECTORY) -> tuple[MailScenario, ...]:
    """The scenarios of a directory, by default those of this package, by name.

    Raises:
        InputError: one cannot be read, or there is none.
    """
    found = tuple(load_scenario(path) for path in sorted(directory.glob("*.yml")))
    if not found:
        raise InputError(f"{directory} has no scenarios; use a directory of .yml files")
    return found
