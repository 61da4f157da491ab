from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from shared import open_store

from posture.records import PatientDetails
from posture.records.models import Base


def test_migrations_lead_to_the_tables_of_the_models(home):
    store = open_store(home)
    with store._engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert difference == []


def test_opening_again_changes_nothing(home):
    first = open_store(home)
    first.add_patient(PatientDetails("A"))
    first.close()
    assert [p.details.name for p in open_store(home).patients()] == ["A"]
