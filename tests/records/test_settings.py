"""Every setting by the registry: what it takes, what it refuses, and what counts in its place."""

import json
import math

import pytest
from sqlalchemy import delete, text
from support.samples import open_store

from posture.practice import protocols, settings, sot
from posture.records import RecordError, Store
from posture.records.doctor import Grade, examine
from posture.records.rows import now
from posture.records.settings_registry import SETTINGS
from posture.records.tables import SettingRow

ROW = settings.to_json(settings.Practice())
OWN = protocols.to_json(protocols.standard()[0]) | {"key": "mine", "label": "Mine"}
FIELD = {"label": "Jaw", "kind": "choice", "options": ["open", "shut"]}
DEEP: list = []
for _ in range(2000):
    DEEP = [DEEP]
NO_NUMBERS = [math.nan, math.inf, -math.inf, True, "5", "five", [5], {}]

KNOWN = {
    "practice": (
        [ROW, {}, {"paper": "Letter", "wall_mm": 300}],
        [
            ["x"], "x", 3, {"paper": "A0"}, {"language": ["de"]}, {"wall_mm": math.nan},
            {"wall_mm": -1}, {"poster_mm": 1e300}, {"camera_mm": "near"}, {"logo": "no base64"},
            {"name": 3}, {"markers": "plaid"}, {"markers": {}}, DEEP,
        ],
    ),
    "protocols": (
        [[], [OWN]],
        [
            {}, 3, "x", [3], [[]], [{}], [OWN | {"repeats": math.inf}], [OWN | {"views": 3}],
            [OWN | {"distance_m": math.nan}], [OWN, OWN | {"views": ["above"]}],
        ],
    ),
    "protocol": (["mine", None], [3, "a" * 30_000, "a\0b", []]),
    "sot": (
        [{}, {"options": {"blocks": ["one"]}, "fields": [FIELD]}],
        [
            [], 3, "x", {"fields": 3}, {"fields": [{}]}, {"options": []}, {"options": {"a": [3]}},
            {"fields": [FIELD | {"kind": "picture"}]}, {"fields": [FIELD | {"options": [1, 2]}]},
            {"fields": [FIELD | {"label": ""}]},
        ],
    ),
    "idle_minutes": ([1, 15, 2.5, 120], [0, -5, 0.5, 121, 1e300, 10**400, None, *NO_NUMBERS]),
    "retention_years": ([1, 10, 100, None], [0, -1, 101, 1e9, *NO_NUMBERS]),
    "consent_words": ([{}, {"record": "Photos of me."}], [[], 3, "x", {"record": 3}]),
    "consent_words_kept": ([{}, {"own-1": "Photos of me."}], [[], 3, "x", {"own-1": None}]),
    "backup_folder": (["/mnt/disk", None], [3, [], "a\0b", "a" * 30_000]),
    "backup_failed": (["The disk is full.", None], [3, [], {}]),
    "last_backup": (
        ["2026-09-07T09:00:00+00:00", None],
        ["", "yesterday", "2026-09-07T09:00:00", 3, [], "99999-01-01T00:00:00+00:00",
            "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"],
    ),
    "scrub_pending": ([True, False], [None, 1, "yes", []]),
}  # fmt: skip


@pytest.fixture
def store(home):
    store = open_store(home)
    yield store
    store.close()


def put(store: Store, name: str, value) -> None:
    """Put a value into the table past the registry, as another version may have."""
    with store.database.writing() as session:
        session.execute(delete(SettingRow).where(SettingRow.name == name))
        session.add(SettingRow(name=name, value=value, changed_at=now()))


def kept_as_json(store: Store, value) -> bool:
    """Whether a database can hold it at all."""
    try:
        json.dumps(value, allow_nan=store.embedded)
    except (ValueError, RecursionError):
        return False
    return value != 10**400 and "\0" not in str(value)


def test_every_setting_is_tried():
    assert set(KNOWN) == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_what_a_setting_can_hold_comes_back_as_it_went_in(store, name):
    assert store.settings.get(name) == SETTINGS[name].default
    assert SETTINGS[name].wrong(SETTINGS[name].default) is None
    for value in KNOWN[name][0]:
        store.settings.save(name, value)
        assert store.settings.get(name) == value
    assert store.settings.invalid() == {}


@pytest.mark.parametrize("name", SETTINGS)
def test_what_it_cannot_hold_is_refused_and_where_it_is_kept_not_used(store, name):
    good = KNOWN[name][0][0]
    store.settings.save(name, good)
    for value in KNOWN[name][1]:
        with pytest.raises(RecordError, match=f"The setting {name} cannot be set"):
            store.settings.save(name, value)
        assert store.settings.get(name) == good
    for value in KNOWN[name][1]:
        if value is None or not kept_as_json(store, value):
            continue  # none is as never set
        put(store, name, value)
        assert SETTINGS[name].wrong(store.settings.get(name)) is None
        assert store.settings.invalid().keys() == {name}
        settings.of(store.settings.get)
        store.backups.last()
        store.erasure.due()
        store.settings.save(name, good)
        assert store.settings.invalid() == {}


def test_only_the_part_that_cannot_be_gives_way(store):
    put(store, "practice", ROW | {"name": "Park Practice", "wall_mm": "far"})
    chosen = settings.of(store.settings.get)
    assert chosen.letterhead.name == "Park Practice"
    assert chosen.setup == settings.Practice().setup
    put(store, "protocols", [OWN, {"key": "half"}])
    assert store.settings.get("protocols") == [OWN]
    assert [p.key for p in protocols.available(store.settings.get("protocols"))][-1] == "mine"
    put(store, "sot", {"fields": 3})
    assert sot.with_own(sot.standard_vocabulary(), store.settings.get("sot"))


@pytest.mark.embedded
def test_a_value_that_is_no_json_is_told_by_the_doctor(store):
    store.settings.save("idle_minutes", 5)
    with store.database.writing() as session:
        session.execute(text("UPDATE settings SET value = '{' WHERE name = 'idle_minutes'"))
    assert store.settings.get("idle_minutes") == 15
    [told] = [f for f in examine(store.home, store.keys) if f.check == "settings"]
    assert told.grade is Grade.CARE
    assert told.found.startswith("idle_minutes is not used")


@pytest.mark.parametrize("name", ["x", "keys", "signing_secret", "signing", "", "idle_minutes "])
def test_what_is_no_setting_is_neither_written_nor_read(store, name):
    for use in (lambda: store.settings.get(name), lambda: store.settings.save(name, 1)):
        with pytest.raises(RecordError, match="no setting"):
            use()


def test_saving_the_same_again_is_no_change(store):
    store.settings.save("backup_failed", "The disk is full.")
    rows = len(store.audit.entries())
    for _ in range(3):
        store.settings.save("backup_failed", "The disk is full.")
    assert len(store.audit.entries()) == rows
