"""The audit trail: who did what to which patient's record, when. Rows are added, never changed.

Each row carries a keyed hash (HMAC-SHA-256) over itself and the hash of the row before it, and one
row, the head, says which is the last: a changed, removed, moved or cut-off row does not fit any
more. Patients appear by their random ids, never by name.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from posture.records.roles import Actor, Role
from posture.records.tables import AuditHeadRow, AuditRow, PatientRow
from posture.records.types import RecordError
from posture.words import Message

HEAD = 1
EARLIER_KEY = b""
"""What rows were made with before records had keys: they fit each other, which proves nothing."""

EARLIER_SIGNED = "earlier rows sealed"
"""What the row tells of that was made when such rows were taken over."""


THIS_PROGRAM = Actor("this program", Role.OWNER)


class Action(StrEnum):
    """What was done."""

    SEEN = "seen"
    CHANGED = "changed"
    EXPORTED = "exported"
    SHARED = "shared"
    ERASED = "erased"
    CONSENT = "consent"
    SIGN_IN = "sign-in"
    REFUSED = "refused"


@dataclass(frozen=True)
class AuditEntry:
    """A row of the trail; ``at`` is ISO 8601 in UTC, ``what`` and ``detail`` name no patient."""

    seq: int
    at: str
    actor: str
    role: str
    action: Action
    what: str
    patient_id: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Verification:
    """What verifying the trail found; ``head`` is to be noted elsewhere and compared later.

    ``earlier`` says which rows are from before the trail had a key, where there are such: no
    fault, but no proof either.
    """

    rows: int
    head: str
    findings: tuple[Message, ...]
    earlier: str | None = None


def append(  # noqa: PLR0917 - the columns of a row
    session: Session,
    key: bytes,
    actor: Actor,
    action: Action,
    what: str,
    patient_id: str | None,
    *,
    detail: Mapping[str, Any],
    at: datetime | None = None,
) -> None:
    """Add a row, in the transaction of what it tells of; ``at`` where it happened before."""
    head = session.get_one(AuditHeadRow, HEAD, with_for_update=True, populate_existing=True)
    row = AuditRow(
        seq=head.seq + 1,
        at=(at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds"),
        actor=actor.name,
        role=str(actor.role),
        action=str(action),
        what=what,
        patient_id=patient_id,
        detail=dict(detail),
    )
    row.mac = _mac(key, head.mac, row)
    session.add(row)
    head.seq, head.mac, head.seal = row.seq, row.mac, _head_mac(key, row.seq, row.mac)


def verify(session: Session, key: bytes, noted: str | None = None) -> Verification:
    """Check every row of the trail against the chain and the head.

    Parameters
    ----------
    noted : str, optional
        The head that an earlier verification printed: finds also a trail that was put back, head
        and all, to an earlier state.
    """
    findings: list[Message] = []
    keyless, sealed_at, sealed = 0, "", None
    noted_seq, noted_mac = _parse(noted)
    before, expected, rows = "", 1, 0
    query = select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=1000)
    for row in session.scalars(query):
        rows += 1
        if row.seq != expected:
            findings.append(
                Message("Row {row} is missing: it was removed.", row=expected)
                if row.seq == expected + 1
                else Message(
                    "Rows {first}–{last} are missing: they were removed.",
                    first=expected,
                    last=row.seq - 1,
                )
            )
        elif hmac.compare_digest(_mac(key, before, row), row.mac):
            # The first row that has a key holds all before it, whatever it tells of.
            sealed_at = sealed_at or row.at
            if row.what == EARLIER_SIGNED:
                sealed = row.detail.get("rows")
        elif not sealed_at and hmac.compare_digest(_mac(EARLIER_KEY, before, row), row.mac):
            keyless = row.seq
        else:
            findings.append(
                Message("Row {row} does not fit the chain: it was changed or moved.", row=row.seq)
            )
        if row.seq == noted_seq and row.mac != noted_mac:
            findings.append(Message("Row {row} is not the one that was noted.", row=row.seq))
        before, expected = row.mac, row.seq + 1
    findings += _check_head(session, key, expected - 1, before)
    if keyless and sealed != keyless:
        findings.append(
            Message(
                "Rows up to {row} have no key, and nothing says that they were taken over: anyone "
                "may have written them.",
                row=keyless,
            )
        )
    if noted_seq > expected - 1:
        findings.append(
            Message(
                "The noted row {row} is missing: the trail was cut off or put back.", row=noted_seq
            )
        )
    return Verification(
        rows, f"{expected - 1}:{before}", tuple(findings), _earlier_words(keyless, sealed_at)
    )


def sign_earlier(session: Session, key: bytes | None) -> None:
    """Seal the rows from before the trail had a key, if there are any, and put it on the trail.

    Called once, by the migration: a trail without a key that turns up later is a finding.

    Raises
    ------
    RecordError
        When there are such rows and no key was given.
    """
    before, earlier, unfit = "", 0, []
    query = select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=1000)
    for row in session.scalars(query):
        if key is not None and hmac.compare_digest(_mac(key, before, row), row.mac):
            break
        if not hmac.compare_digest(_mac(EARLIER_KEY, before, row), row.mac):
            unfit.append(row.seq)
        else:
            earlier = row.seq
        before = row.mac
    if not earlier or session.get(AuditHeadRow, HEAD) is None:  # without a head nothing follows
        return
    if key is None:
        raise RecordError(
            Message(
                "The audit trail has rows without a key, and there is no key to sign them with."
            )
        )
    detail = {"rows": earlier} | ({"unfit": unfit} if unfit else {})
    append(session, key, THIS_PROGRAM, Action.CHANGED, EARLIER_SIGNED, None, detail=detail)


def entries(
    session: Session,
    *,
    actor: str | None,
    action: Action | None,
    patient_id: str | None,
    since: str | None,
    until: str | None,
    limit: int,
) -> Iterator[AuditEntry]:
    """Yield the rows that fit, the latest first; ``since`` and ``until`` are ISO 8601 in UTC."""
    query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit)
    for column, wanted in (
        (AuditRow.actor, actor),
        (AuditRow.action, action),
        (AuditRow.patient_id, patient_id),
    ):
        if wanted is not None:
            query = query.where(column == str(wanted))
    if since is not None:
        query = query.where(AuditRow.at >= since)
    if until is not None:
        query = query.where(AuditRow.at < until)
    for row in session.scalars(query):
        yield AuditEntry(
            row.seq, row.at, row.actor, row.role, Action(row.action), row.what, row.patient_id,
            row.detail,
        )  # fmt: skip


def _earlier_words(last: int, sealed_at: str) -> Message | None:
    if not last or not sealed_at:
        return None
    return Message(
        "Rows 1–{row} are from before the trail had a key; they were signed on {day}. A change "
        "made to them before that day cannot be detected; a change since then can.",
        row=last,
        day=sealed_at[:10],
    )


def _check_head(session: Session, key: bytes, last: int, mac: str) -> list[Message]:
    head = session.get(AuditHeadRow, HEAD)
    if head is None:
        return [Message("The head of the trail is missing: it was removed.")]
    if head.seq == 0:
        patients = session.scalar(select(func.count()).select_from(PatientRow))
        empty = Message("The trail is empty although there are patients: it was removed.")
        return [empty] if patients else []
    if not hmac.compare_digest(_head_mac(key, head.seq, head.mac), head.seal):
        return [Message("The head of the trail was changed.")]
    if head.seq > last:
        return [
            Message(
                "The trail ends at row {row}, but its head is row {head}: it was cut off.",
                row=last,
                head=head.seq,
            )
        ]
    if (head.seq, head.mac) != (last, mac):
        return [
            Message(
                "The last row {row} is not the one that the head names (row {head}).",
                row=last,
                head=head.seq,
            )
        ]
    return []


def _parse(noted: str | None) -> tuple[int, str]:
    if noted is None:
        return 0, ""
    number, _, mac = noted.partition(":")
    if not (re.fullmatch("[0-9]{1,18}", number) and mac):
        raise RecordError(
            Message(
                "{noted!r} is not a checksum as “posture audit verify” prints it.", noted=noted[:80]
            )
        )
    return int(number), mac


def _mac(key: bytes, before: str, row: AuditRow) -> str:
    told = [row.seq, row.at, row.actor, row.role, row.action, row.what, row.patient_id, row.detail]
    text = before + json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _head_mac(key: bytes, seq: int, mac: str) -> str:
    return hmac.new(key, f"head {seq} {mac}".encode(), hashlib.sha256).hexdigest()
