"""The tables. Every change here comes with a migration; a test holds the two together."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

BYTEWISE = String().with_variant(String(collation="C"), "postgresql")
"""Text sorted by its bytes, the same on both databases."""


def new_id() -> str:
    """Return a random identifier that tells nothing of what it stands for."""
    return uuid4().hex


class Base(DeclarativeBase):
    """Base of all tables; constraints get predictable names, as migrations need them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's


class PatientRow(Base):
    """A patient."""

    __tablename__ = "patients"
    __table_args__ = (Index("ix_patients_list", "archived", "folded", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str]
    date_of_birth: Mapped[date | None] = mapped_column(Date)
    height_cm: Mapped[float | None]
    record_number: Mapped[str] = mapped_column(default="")
    remarks: Mapped[str] = mapped_column(default="")
    archived: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    folded: Mapped[str] = mapped_column(BYTEWISE, default="", server_default="")

    parts: Mapped[list["PatientPartRow"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )


class PatientPartRow(Base):
    """What a patient is found by, see :mod:`posture.records.search`."""

    __tablename__ = "patient_parts"

    part: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    patient_id: Mapped[str] = mapped_column(
        ForeignKey("patients.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class VisitRow(Base):
    """A visit of a patient; ``visited_at`` is the practice's local time, without a zone.

    ``protocol`` is the one by which the photos were taken, whole, as it was that day.
    """

    __tablename__ = "visits"
    __table_args__ = (Index("ix_visits_patient_time", "patient_id", "visited_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    visited_at: Mapped[datetime]
    practitioner: Mapped[str] = mapped_column(default="")
    protocol: Mapped[dict[str, Any] | None]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    photos: Mapped[list["PhotoRow"]] = relationship(order_by="PhotoRow.position")
    notes: Mapped[list["NoteRow"]] = relationship(order_by="NoteRow.revision")
    imported: Mapped[list["ImportedRow"]] = relationship(
        order_by="(ImportedRow.revision, ImportedRow.key)"
    )


class ImportedRow(Base):
    """A value that was brought in from elsewhere: no photo, and no known error."""

    __tablename__ = "imported"
    __table_args__ = (UniqueConstraint("visit_id", "fingerprint"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    key: Mapped[str]
    value: Mapped[float]
    stage: Mapped[str] = mapped_column(String(8))
    view: Mapped[str | None] = mapped_column(String(16))
    method: Mapped[str]
    revision: Mapped[int] = mapped_column(default=1)


class RevisionRow(Base):
    """A state of a visit: as first saved, added to, or corrected. Earlier ones stay."""

    __tablename__ = "revisions"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[str]
    reason: Mapped[str]
    visited_at: Mapped[datetime]
    practitioner: Mapped[str]


class PhotoRow(Base):
    """A photo of a visit; ``files`` says where its bytes are and what opens them."""

    __tablename__ = "photos"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), index=True)
    position: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    file_name: Mapped[str]
    media_type: Mapped[str]
    stage: Mapped[str] = mapped_column(String(8))
    width_px: Mapped[int]
    height_px: Mapped[int]
    taken_at: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")

    assessments: Mapped[list["AssessmentRow"]] = relationship(order_by="AssessmentRow.revision")
    files: Mapped[list["FileRow"]] = relationship()


class FileRow(Base):
    """An encrypted file of a photo. Its id is its name on the disk, its key opens nothing else."""

    __tablename__ = "files"
    __table_args__ = (UniqueConstraint("photo_id", "kind"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    photo_id: Mapped[str] = mapped_column(ForeignKey("photos.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    key: Mapped[bytes] = mapped_column(LargeBinary(40))


class PendingFileRow(Base):
    """A file about to be written by a save; the row goes when the save is through.

    What is left after a kill names files that no photo refers to.
    """

    __tablename__ = "pending_files"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AssessmentRow(Base):
    """What was measured on a photo by a revision; the latest counts, the earlier ones stay."""

    __tablename__ = "assessments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    photo_id: Mapped[str] = mapped_column(ForeignKey("photos.id"), index=True)
    view: Mapped[str] = mapped_column(String(16))
    view_source: Mapped[str] = mapped_column(String(16))
    scene: Mapped[dict[str, Any]]
    landmarks: Mapped[dict[str, Any] | None]
    detected: Mapped[dict[str, Any] | None]
    found: Mapped[dict[str, Any] | None]
    withheld: Mapped[dict[str, Any]]
    issues: Mapped[list[Any]]
    said: Mapped[dict[str, Any] | None]
    model: Mapped[str]
    passes: Mapped[int]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    program_version: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    measurements: Mapped[list["MeasurementRow"]] = relationship(order_by="MeasurementRow.position")


class MeasurementRow(Base):
    """One measured, or missing, value."""

    __tablename__ = "measurements"
    __table_args__ = (UniqueConstraint("assessment_id", "key"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    assessment_id: Mapped[str] = mapped_column(ForeignKey("assessments.id"), index=True)
    position: Mapped[int]
    key: Mapped[str] = mapped_column(index=True)
    value: Mapped[float | None]
    unit: Mapped[str] = mapped_column(String(8))
    sd: Mapped[float | None]
    mdc: Mapped[float | None]
    method: Mapped[str | None]
    reason: Mapped[str | None]


class NoteRow(Base):
    """The SOT findings of one stage of a visit by a revision; the latest counts."""

    __tablename__ = "sot_notes"
    __table_args__ = (UniqueConstraint("visit_id", "stage", "revision"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), index=True)
    stage: Mapped[str] = mapped_column(String(8))
    findings: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class DraftRow(Base):
    """What a user has begun and not saved, or a photo of it, sealed.

    ``discarded_at`` is when it was discarded, ``due_at`` when it was first found too old to stay.
    """

    __tablename__ = "drafts"

    owner: Mapped[str] = mapped_column(String(320), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id"), index=True)
    data: Mapped[dict[str, Any]]
    file: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_key: Mapped[bytes | None] = mapped_column(LargeBinary(40))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    discarded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SettingRow(Base):
    """A setting of the practice; the value is any JSON."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SecretRow(Base):
    """A secret of the record's own; no setting, and for no screen."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ConsentRow(Base):
    """A patient's consent to one scope; a withdrawn one stays, with the day it ended."""

    __tablename__ = "consents"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    scope: Mapped[str] = mapped_column(String(16))
    given_on: Mapped[date] = mapped_column(Date)
    text_version: Mapped[str] = mapped_column(String(32))
    recorded_by: Mapped[str]
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ShareRow(Base):
    """A link that opens one sealed page; the page goes when the link ends.

    ``expires_at`` is seconds since 1970; ``visits`` has the ids of those that the page shows, where
    they are known.
    """

    __tablename__ = "shares"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[float]
    withdrawn: Mapped[bool] = mapped_column(default=False)
    visits: Mapped[list[Any] | None]
    opened: Mapped[int] = mapped_column(default=0)
    page: Mapped[bytes | None] = mapped_column(LargeBinary)
    key: Mapped[bytes | None] = mapped_column(LargeBinary)


class UserRow(Base):
    """Somebody who may sign in, by the address an owner invited or the provider's own subject."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SessionRow(Base):
    """A browser's session; of its token only the hash is kept. Times are seconds since 1970."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    began_at: Mapped[float]
    active_at: Mapped[float]
    ended_at: Mapped[float | None]


class AuditRow(Base):
    """A row of the audit trail; triggers of the database refuse to change or remove it."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32), index=True)
    actor: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(16))
    what: Mapped[str] = mapped_column(String(64))
    patient_id: Mapped[str | None] = mapped_column(String(32), index=True)
    detail: Mapped[dict[str, Any]]
    mac: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """The one row that says which row of the audit trail is the last."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    mac: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))
