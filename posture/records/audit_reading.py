"""Reading and checking the audit trail."""

from datetime import UTC, date, datetime, time, timedelta

from posture.records import audit
from posture.records.audit import Action, AuditEntry, Verification
from posture.records.part import Part, needs
from posture.records.roles import Right

FIRST_DAY, LAST_DAY, DAY = date(1971, 1, 1), date(9000, 1, 1), timedelta(days=1)


class AuditTrail(Part):
    """The audit trail, for the owner."""

    @needs(Right.MANAGE, "audit_trail")
    def entries(
        self,
        *,
        actor: str | None = None,
        action: Action | None = None,
        patient_id: str | None = None,
        since: date | None = None,
        until: date | None = None,
        limit: int = 500,
    ) -> list[AuditEntry]:
        """Return the rows of the trail that fit, the latest first; both days are included."""
        with self._db.reading() as session:
            return list(
                audit.entries(
                    session,
                    actor=actor,
                    action=action,
                    patient_id=patient_id,
                    since=_start(since) if since else None,
                    until=_start(min(until, LAST_DAY) + DAY) if until else None,
                    limit=limit,
                )
            )

    @needs(Right.MANAGE, "verify_audit")
    def verify(self, noted: str | None = None) -> Verification:
        """Check the trail against its chain, its head, and a head noted earlier elsewhere."""
        with self._db.reading() as session:
            return audit.verify(session, self._db.audit_key, noted)


def _start(day: date) -> str:
    """Return the moment a local day begins, as the trail writes it."""
    day = min(max(day, FIRST_DAY), LAST_DAY)
    return datetime.combine(day, time()).astimezone().astimezone(UTC).isoformat()
