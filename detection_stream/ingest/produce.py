"""Messages as records of ``messages.raw`` on Kafka.

A record's value is the message (RFC 5322 or its JSON form); its headers are those of
:class:`Envelope`. The key is the tenant, a zero byte and the Message-ID, so that repeats of a
message land in the same partition; without a Message-ID the uid is used. For a journal report it is
the Message-ID of the message that it is about.
"""

from __future__ import annotations

from detection_stream.ingest.inputs import InputMessage, Inputs
from detection_stream.ingest.jsonlines import document_of
from detection_stream.ingest.raw_records import envelope_of, person_record
from detection_stream.model.organisation import Organisation
from detection_stream.model.signature import OperatorKeys
from detection_stream.parsing.identity import message_id_json
from detection_stream.parsing.journal import delivered_id
from detection_stream.parsing.mail_head import read_head
from detection_stream.reporting import ReportFeed
from detection_stream.runtime.kafka.outputs import Outputs

PROGRESS_MESSAGES = 256


def raw_key(tenant: str, name: str, uid: str) -> bytes:
    """Key of a message by its Message-ID, or by its uid where it has none."""
    return f"{tenant}\0{name or uid}".encode("utf-8", "replace")


def produce(
    outputs: Outputs,
    topic: str,
    inputs: Inputs,
    organisation: Organisation,
    report: ReportFeed,
    keys: OperatorKeys,
) -> int:
    """Produce everything in time order; returns the number of messages, all acknowledged.

    People are signed with the operator's ``keys``.

    Raises:
        StageError: the broker did not accept a record.
    """
    tenant, own_domains = organisation.tenant, organisation.own_domains
    for person in organisation.people:
        outputs.produce(topic, -1, *person_record(person, tenant, own_domains, keys))
    done = 0
    for message in inputs.messages({}):
        envelope = envelope_of(message, organisation)
        key = raw_key(tenant, _message_id(message), message.uid)
        outputs.produce(topic, -1, key, message.raw, 0, envelope.headers())
        done += 1
        if done % PROGRESS_MESSAGES == 0:
            report(done, inputs.total, message.received_at)
    outputs.confirm_all()
    report(done, inputs.total, 0)
    return done


def _message_id(message: InputMessage) -> str:
    if message.format == "rfc5322":
        return delivered_id(read_head(message.raw))
    document = document_of(message.raw)
    return message_id_json(document) if document is not None else ""
