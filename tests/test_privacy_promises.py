"""Each sentence of docs/privacy.md has a test that proves it, or a reason why it needs none.

A row is known by a few words of its sentence. A new or reworded sentence needs a row; a row whose
words are in no sentence any more goes.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "privacy.md"

PROVEN = {
    # What can be had back, and what cannot be right
    "Nothing is destroyed by a single click": """
        browser/test_unsent_fields.py::test_what_is_typed_outlives_back_a_reload_and_a_link
        records/test_drafts.py::test_what_is_discarded_can_be_had_back_for_a_day_and_then_goes""",
    "Before anything that cannot be undone": """
        ui/test_pages.py::test_a_visit_is_removed_with_a_reason""",
    "The store refuses impossible values": """
        records/test_validation.py::test_the_store_refuses_what_cannot_be_right_whoever_saves
        records/test_validation.py::test_what_cannot_be_right_is_said""",
    "If a new patient is probably in the record": """
        records/test_validation.py::test_who_is_likely_the_same
        records/test_validation.py::test_likely_the_same_patient_is_found_in_the_archive_too""",
    "A time in the future was recorded": """
        records/test_clock.py::test_a_backup_from_the_future_keeps_none_from_being_made
        records/test_clock.py::test_backups_from_the_future_push_none_out
        records/test_clock.py::test_a_session_from_the_future_does_not_hold
        records/test_clock.py::test_a_link_from_the_future_does_not_open_and_keeps_its_page""",
    "| strangers |": """
        gate/test_connections.py::test_a_stranger_has_a_while_for_a_whole_request
        gate/test_connections.py::test_the_oldest_stranger_makes_room
        gate/test_connections.py::test_a_page_that_is_inside_is_not_cut
        gate/test_connections.py::test_of_a_stranger_no_message_is_read
        gate/test_connections.py::test_more_silent_connections_than_handles_stop_nobody
        gate/test_strangers.py::test_one_address_gets_so_many_answers_a_minute
        gate/test_strangers.py::test_no_route_lets_strangers_grow_the_record
        gate/test_strangers.py::test_one_kind_of_line_is_written_so_many_times_a_minute""",
    "is offered as *Restore* for a day": """
        records/test_drafts.py::test_what_is_discarded_can_be_had_back_for_a_day_and_then_goes""",
    "A clock that is wrong for a moment removes nothing": """
        records/test_drafts.py::test_a_clock_that_is_wrong_for_a_moment_removes_nothing
        records/test_drafts.py::test_what_nobody_touches_is_removed_once_two_looks_far_apart_agree""",
    "None of it is on the audit trail": """
        records/test_at_rest.py::test_what_is_begun_is_not_on_the_trail""",
    "The content of a field that has not been sent": """
        browser/test_unsent_fields.py::test_what_is_typed_outlives_back_a_reload_and_a_link
        gate/test_unsent.py::test_each_tab_has_its_own_fields_by_the_keys_of_the_pages""",
    "It is removed with the session, and two minutes": """
        gate/test_unsent.py::test_it_goes_a_while_after_its_tab_was_closed""",
    "| remove a saved visit |": """
        records/test_access.py::test_each_role_may_what_the_table_says""",
    "Rows from before the trail had a key": """
        records/test_migrations.py::test_rows_from_before_the_key_are_sealed_and_no_tampering_is_seen_in_them
        records/test_migrations.py::test_old_rows_written_anew_or_put_in_later_are_found""",
    "On a disk that is full or read-only": """
        records/test_write_errors.py::test_the_owner_gets_in_and_reads_and_the_trail_is_written_later
        records/test_write_errors.py::test_looks_that_wait_are_bounded
        records/test_write_errors.py::test_a_backup_to_another_disk_is_made_and_counts""",
    "Meanwhile saving, sharing and erasing are refused": """
        records/test_write_errors.py::test_the_owner_gets_in_and_reads_and_the_trail_is_written_later""",
    "The trail records the removal.": """
        records/test_erasure.py::test_a_removed_visit_is_gone_with_its_links_and_the_others_stay""",
    "**A single visit** is removed": """
        records/test_erasure.py::test_a_removed_visit_is_gone_with_its_links_and_the_others_stay
        records/test_erasure.py::test_killed_while_erasing""",
    "*Overview* shows how often each was opened": """
        gate/test_strangers.py::test_asking_for_a_link_again_is_told_once_and_counted""",
    # At rest
    "SQLCipher: AES-256": """
        records/test_at_rest.py::test_each_page_of_the_database_is_sealed_and_nothing_goes_to_temporary_files
        browser/test_readable.py::test_nothing_that_a_session_writes_is_readable""",
    "each an AES-256-GCM file": """
        records/test_backup.py::test_files_cannot_be_swapped
        records/test_backup.py::test_a_thumbnail_is_made_once_and_kept_sealed""",
    "one random data key, sealed twice": """
        records/test_keys.py::test_passphrase_and_recovery_key_open_the_same
        records/test_at_rest.py::test_a_guess_costs_what_is_promised_and_the_recovery_key_cannot_be_guessed
        records/test_at_rest.py::test_changing_the_passphrase_or_the_recovery_key_rewrites_the_key_file_only""",
    "the same bytes, with the key file": """
        records/test_at_rest.py::test_a_backup_holds_the_same_bytes_and_the_key_file_of_its_day
        records/test_backup.py::test_a_backup_opens_with_the_passphrase_of_its_day""",
    "the number, size and time of files": """
        records/test_at_rest.py::test_what_is_not_encrypted_is_what_is_said""",
    "A passphrase has at least 12": """
        records/test_keys.py::test_a_passphrase_that_is_too_short_is_refused""",
    "One that is easy to guess": """
        records/test_keys.py::test_an_easily_guessed_passphrase_is_refused_with_the_reason""",
    "After a wrong one the next attempt": """
        records/test_keys.py::test_wrong_ones_wait_longer_and_longer_also_over_a_restart
        records/test_attempt_throttle.py::test_however_many_were_wrong_the_wait_is_bounded
        records/test_attempt_throttle.py::test_an_unreadable_count_is_put_aside_and_costs_one_wait""",
    "Wrong attempts are recorded on the audit trail": """
        records/test_attempt_throttle.py::test_wrong_ones_while_it_is_open_are_told_at_once_then_counted
        records/test_attempt_throttle.py::test_wrong_ones_at_the_terminal_and_before_the_recovery_key_are_told_too""",
    "While the record is locked they are counted": """
        records/test_attempt_throttle.py::test_wrong_ones_while_it_is_shut_are_on_the_trail_once_it_opens
        records/test_attempt_throttle.py::test_what_the_trail_could_not_take_is_told_by_the_next_opening""",
    "Without passphrase and recovery key, nobody": """
        records/test_keys.py::test_changing_either_shuts_out_the_one_before
        records/test_keys.py::test_a_slot_moved_from_another_record_does_not_open""",
    "A record from a version without encryption": """
        records/test_faults.py::test_killed_while_a_plain_record_is_encrypted""",
    "Its old files are deleted once": """
        records/test_faults.py::test_killed_while_a_plain_record_is_encrypted
        records/test_faults.py::test_what_an_older_program_wrote_meanwhile_is_not_thrown_away""",
    "are readable by their owner only": """
        records/test_private_files.py::test_record_backups_and_what_is_restored
        records/test_private_files.py::test_the_copy_before_a_migration
        records/test_private_files.py::test_a_record_that_was_not_encrypted
        records/test_private_files.py::test_what_earlier_versions_left_readable_is_closed_by_opening""",
    "warns if others can read them": """
        records/test_synced_folders.py::test_the_doctor_warns_of_both_folders_and_of_files_that_others_can_read
        ui/test_pages.py::test_the_backup_page_warns_of_a_folder_that_is_copied_elsewhere""",
    "No crash writes memory": """
        records/test_at_rest.py::test_no_crash_writes_memory""",
    "A test watches every write": """
        browser/test_readable.py::test_nothing_that_a_session_writes_is_readable
        browser/test_readable.py::test_the_scan_finds_what_is_readable""",
    "It finds none, and nothing is written outside": """
        browser/test_readable.py::test_nothing_that_a_session_writes_is_readable""",
    # Nothing lost
    "A saved visit is corrected": """
        records/test_revisions.py::test_both_revisions_are_kept_with_who_and_why""",
    "If two people change": """
        records/test_revisions.py::test_the_second_of_two_is_told_and_overwrites_nothing
        records/test_revisions.py::test_of_many_at_the_same_moment_one_gets_through""",
    "`posture backup FILE` copies": """
        records/test_backup.py::test_a_backup_of_a_record_in_use_is_restored_whole
        records/test_backup.py::test_any_damage_to_a_backup_is_found""",
    "makes one every day in a folder": """
        records/test_schedule.py::test_one_a_day_and_what_went_wrong_is_kept
        records/test_schedule.py::test_older_ones_go_but_the_newest_of_each_period
        ui/test_pages.py::test_the_list_reminds_of_a_backup_that_is_due""",
    "`posture restore FILE` puts it back": """
        records/test_backup.py::test_a_restored_record_keeps_the_one_it_replaces
        records/test_backup.py::test_missing_and_damaged_photos_come_back_out_of_a_backup""",
    "`posture doctor` checks the key file": """
        records/test_backup.py::test_the_doctor_finds_and_says_how_to_mend""",
    "Its exit code is 1 if": """
        records/test_at_rest.py::test_the_doctors_exit_code_says_whether_something_is_bad""",
    "An older database is copied": """
        records/test_faults.py::test_an_older_database_is_copied_and_migrated_a_newer_one_refused
        records/test_at_rest.py::test_the_last_three_copies_before_a_migration_stay""",
    "To go back, end the program": """
        records/test_faults.py::test_an_older_database_is_copied_and_migrated_a_newer_one_refused""",
    "Tests kill the program": """
        records/test_faults.py::test_killed_in_mid_save
        records/test_faults.py::test_killed_in_mid_correction
        records/test_faults.py::test_killed_in_mid_backup
        records/test_faults.py::test_killed_in_mid_restore
        records/test_faults.py::test_killed_while_a_plain_record_is_encrypted
        records/test_faults.py::test_an_older_database_is_copied_and_migrated_a_newer_one_refused
        records/test_faults.py::test_a_full_disk
        records/test_faults.py::test_a_photo_file_damaged_anywhere_is_told
        records/test_faults.py::test_locked_by_a_second_process""",
    # One gate
    "Nothing of the dashboard is served": """
        gate/test_routes.py::test_nothing_is_served_without_a_session_that_holds
        gate/test_routes.py::test_what_anybody_gets_tells_nothing""",
    "A test asks every registered route": """
        gate/test_routes.py::test_nothing_is_served_without_a_session_that_holds""",
    "The gate is an ASGI middleware": """
        gate/test_routes.py::test_nothing_is_served_without_a_session_that_holds""",
    "way in, one practice": """
        gate/test_gate.py::test_the_passphrase_opens_and_lock_ends_every_tab
        gate/test_gate.py::test_the_first_start_sets_the_passphrase_and_shows_the_recovery_key_once
        gate/test_gate.py::test_wrong_passphrases_wait_longer_and_longer""",
    "way in, clinic": """
        gate/test_oidc.py::test_an_invited_person_comes_in_with_the_invited_role
        gate/test_oidc.py::test_what_the_provider_did_not_send_us_for_is_refused""",
    "| cookie |": """
        gate/test_gate.py::test_the_passphrase_opens_and_lock_ends_every_tab
        gate/test_gate.py::test_under_tls_the_cookie_is_secure
        gate/test_gate.py::test_the_record_keeps_only_the_hash_of_a_cookie_and_its_session_is_the_owners""",
    "| ends |": """
        gate/test_gate.py::test_nobody_at_work_is_locked_out_though_the_connection_is_alive
        gate/test_gate.py::test_the_idle_time_is_the_practices
        gate/test_gate.py::test_a_session_holds_in_every_process_and_ends_in_every_process
        gate/test_gate.py::test_an_upload_is_somebody_at_work
        gate/test_gate.py::test_a_session_from_the_future_does_not_hold
        gate/test_routes.py::test_nothing_is_served_without_a_session_that_holds
        browser/test_lock.py::test_first_start_work_and_lock_in_every_tab
        browser/test_lock.py::test_a_tab_without_anybody_at_work_locks_itself""",
    "when the last session ends, the record is locked": """
        gate/test_gate.py::test_the_record_is_shut_when_the_last_session_ends
        gate/test_gate.py::test_with_the_last_session_the_keys_leave_unless_it_is_a_service""",
    "| other sites |": """
        gate/test_gate.py::test_a_name_that_is_not_ours_is_not_answered
        gate/test_gate.py::test_another_sites_page_cannot_act""",
    "| headers |": """
        gate/test_routes.py::test_every_answer_is_protected
        gate/test_gate.py::test_a_page_gets_the_gates_script_and_its_own_are_allowed_by_their_hash
        browser/test_passphrase.py::test_what_is_typed_is_shown_and_hidden_by_the_keyboard""",
    "| network |": """
        gate/test_gate.py::test_what_is_not_safe_does_not_start
        gate/test_gate.py::test_behind_a_proxy_only_its_names_are_answered""",
    "A minute before the idle lock": """
        browser/test_kept.py::test_a_draft_outlives_a_reload_and_the_idle_lock""",
    "Unsaved work is kept in the encrypted record": """
        browser/test_kept.py::test_a_draft_outlives_a_reload_and_the_idle_lock
        browser/test_kept.py::test_photos_and_points_outlive_a_reload_and_the_idle_lock
        browser/test_kept.py::test_a_lost_connection_is_told_and_what_was_typed_is_sent_once_it_is_back
        records/test_drafts.py::test_a_draft_is_its_users_own_and_outlives_the_process""",
    "Each browser tab has its own": """
        ui/test_pages.py::test_two_tabs_of_a_user_neither_mix_nor_lose_what_they_write
        records/test_drafts.py::test_what_was_begun_is_listed_and_claimed_once""",
    "It is removed when it is saved": """
        ui/test_pages.py::test_photos_outlive_the_session_as_measured_and_go_when_saved
        records/test_drafts.py::test_erasing_the_patient_takes_the_draft_along
        records/test_drafts.py::test_what_nobody_touches_is_removed_once_two_looks_far_apart_agree
        records/test_at_rest.py::test_what_is_begun_is_not_on_the_trail""",
    "Uploads are held in memory": """
        browser/test_readable.py::test_nothing_that_a_session_writes_is_readable
        ui/test_pages.py::test_files_that_came_are_kept_before_they_are_measured""",
    # Roles
    "Each public method of the store": """
        records/test_access.py::test_every_public_method_of_every_part_needs_a_right_and_is_in_the_table
        records/test_access.py::test_each_role_may_what_the_table_says""",
    "A refusal is recorded on the audit trail": """
        records/test_access.py::test_each_role_may_what_the_table_says""",
    "The record's own secrets": """
        records/test_secrets.py::test_a_secret_is_made_once_and_is_no_setting
        records/test_secrets.py::test_no_other_role_has_the_secrets_or_the_keys
        records/test_settings.py::test_what_is_no_setting_is_neither_written_nor_read""",
    "see patients, visits, photos": """
        records/test_access.py::test_each_role_may_what_the_table_says""",
    "see notes": """
        records/test_access.py::test_an_assistant_neither_reads_nor_writes_notes""",
    "add patients, consent, photos": """
        records/test_access.py::test_each_role_may_what_the_table_says""",
    "write notes": """
        records/test_access.py::test_an_assistant_neither_reads_nor_writes_notes""",
    "| export |": """
        records/test_access.py::test_each_role_may_what_the_table_says""",
    "users, settings, audit trail, erasure": """
        records/test_access.py::test_each_role_may_what_the_table_says""",
    "opens the record with its passphrase is owner": """
        gate/test_gate.py::test_the_record_keeps_only_the_hash_of_a_cookie_and_its_session_is_the_owners""",
    "In a clinic, an owner invites": """
        ui/test_pages.py::test_users_are_invited_and_changed
        records/test_at_rest.py::test_the_first_owner_is_invited_at_the_terminal""",
    "The first sign-in with that address": """
        gate/test_oidc.py::test_an_address_belongs_to_the_first_subject_that_came_with_it
        gate/test_oidc.py::test_who_is_not_invited_or_not_confirmed_stays_out""",
    "Changing or removing a role": """
        gate/test_oidc.py::test_a_role_is_of_this_moment_and_holds_in_the_store""",
    # Consent
    "No photo is saved without": """
        records/test_access.py::test_no_photo_without_consent
        records/test_drafts.py::test_no_photo_without_consent_not_even_for_a_moment""",
    "asks for it in one click": """
        ui/test_pages.py::test_consent_is_asked_before_the_first_photo_and_can_be_withdrawn""",
    "Consent has three scopes": """
        records/test_access.py::test_a_practices_own_words_have_a_version_of_their_own
        records/test_access.py::test_consent_is_not_given_in_advance""",
    "After a withdrawal no further photo": """
        records/test_access.py::test_no_photo_without_consent
        ui/test_pages.py::test_consent_is_asked_before_the_first_photo_and_can_be_withdrawn""",
    # Audit trail
    "It records who saw, changed": """
        records/test_audit.py::test_what_was_done_is_told_once_and_without_names
        gate/test_gate.py::test_the_passphrase_opens_and_lock_ends_every_tab
        records/test_attempt_throttle.py::test_wrong_ones_while_it_is_shut_are_on_the_trail_once_it_opens
        records/test_shares.py::test_a_link_opens_its_page_and_only_its_hash_is_kept""",
    "Each row is written in the same transaction": """
        records/test_audit.py::test_a_failed_change_is_not_told
        records/test_audit.py::test_what_was_done_is_told_once_and_without_names""",
    "Viewing the same thing again, or the same refusal": """
        records/test_audit.py::test_what_was_done_is_told_once_and_without_names""",
    "The database refuses to change or remove rows": """
        records/test_audit.py::test_the_database_refuses_to_touch_the_trail
        records/test_audit.py::test_tampering_is_found""",
    "It prints the head": """
        records/test_audit.py::test_a_trail_put_back_whole_is_found_by_the_noted_head""",
    "Audit trail shows and filters it": """
        ui/test_pages.py::test_the_audit_page_names_patients_of_today_and_verifies""",
    "Rows are kept permanently": """
        records/test_audit.py::test_the_database_refuses_to_touch_the_trail""",
    # Retention, erasure, taking along
    "you enter the years that your law requires": """
        records/test_erasure.py::test_those_whose_time_is_over_are_listed
        ui/test_pages.py::test_privacy_settings_retention_and_erasure""",
    "Nothing is erased automatically": """
        records/test_erasure.py::test_those_whose_time_is_over_are_listed""",
    "removes a patient with everything": """
        records/test_erasure.py::test_erased_is_gone_and_others_stay
        records/test_erasure.py::test_nothing_is_left_in_free_pages_or_beside_the_database""",
    "If it is killed in between": """
        records/test_erasure.py::test_killed_while_erasing
        records/test_erasure.py::test_a_scrub_that_somebody_hindered_is_made_up_for""",
    "Whatever open tabs hold of the patient": """
        browser/test_forgotten.py::test_an_erased_patient_is_gone_from_every_tab_and_cache""",
    "The trail records the erasure, who did it": """
        records/test_erasure.py::test_erased_is_gone_and_others_stay""",
    "Whole record with photos (ZIP)": """
        export/test_private.py::test_one_persons_whole_record
        export/test_private.py::test_what_was_corrected_is_in_the_whole_record_too""",
    # Figures without names
    "exports measurements and findings of those who": """
        export/test_private.py::test_shared_figures_identify_nobody
        export/test_private.py::test_nobody_is_recognised_from_one_export_to_the_next
        export/test_private.py::test_only_who_consented_is_shared
        export/test_private.py::test_ages_from_ninety_on_are_one_group""",
    "Blurring a face": """
        export/test_private.py::test_shared_figures_identify_nobody""",
    # What a patient is handed
    "A page with one comparison": """
        browser/test_take_home.py::test_a_link_opens_in_another_browser_until_it_ends
        report/test_report.py::test_a_hidden_face_has_no_detail_and_the_body_is_untouched
        report/test_report.py::test_a_face_that_is_not_found_takes_its_photo_out
        export/test_private.py::test_faces_can_be_hidden_in_the_whole_record""",
    "It is given as a file": """
        records/test_shares.py::test_nothing_is_shared_without_consent_that_covers_photos""",
    "A link opens, without a session": """
        gate/test_share.py::test_a_link_opens_one_page_and_nothing_else""",
    "The page is sealed like the photos": """
        records/test_shares.py::test_a_link_opens_its_page_and_only_its_hash_is_kept""",
    "It ends after the chosen number of days": """
        records/test_shares.py::test_a_link_lasts_a_time_that_makes_sense
        records/test_shares.py::test_an_expired_link_opens_no_more_and_its_page_goes
        records/test_shares.py::test_a_withdrawn_link_opens_no_more_and_its_page_goes
        records/test_shares.py::test_withdrawing_the_consent_ends_its_links""",
    "Its page is then removed": """
        records/test_shares.py::test_an_expired_link_opens_no_more_and_its_page_goes
        gate/test_share.py::test_a_link_opens_one_page_and_nothing_else""",
    "Making, opening, refusing and withdrawing a link": """
        records/test_shares.py::test_a_link_opens_its_page_and_only_its_hash_is_kept
        records/test_shares.py::test_a_withdrawn_link_opens_no_more_and_its_page_goes""",
    "The response forbids scripts": """
        gate/test_share.py::test_a_link_opens_one_page_and_nothing_else
        gate/test_routes.py::test_every_answer_is_protected""",
    # What is not done
    "Streamlit keeps the unsaved visit": """
        gate/test_gate.py::test_streamlit_forgets_a_tab_that_was_cut_after_two_minutes""",
}

EXPLAINED = {
    "A posture record is health data": "says what the page is about",
    "This page tells a practice": "says what the page is about",
    "What the program does not do is listed": "says where it stands",
    "| what | how it is kept |": "a table's head",
    "| | owner | practitioner |": "a table's head",
    "Somebody who copies the folder can guess": "a limit that no program can lift",
    "Keep the folder on an encrypted disk": "advice",
    "Copies in `before-migration/` and": "a limit, and advice",
    "Earlier backups still contain": "a limit: nothing reaches into another disk's files",
    "Anyone who has the link has the page": "a limit, and advice",
    "can photograph the screen": "a limit that no program can lift",
    "can write a new audit trail": "a limit, and advice",
    "With PostgreSQL, files and write-ahead log": "a limit, and advice",
}
"""Sentences that promise nothing that could be tried, and why."""


def sentences(text: str) -> list[str]:
    """Return a page's sentences, and each row of its tables, without the line breaks."""
    found: list[str] = []
    block: list[str] = []

    def through() -> None:
        words = " ".join(" ".join(block).split())
        found.extend(filter(None, re.split(r"(?<=[.!?])\s+(?=[A-Z*`])", words)))
        block.clear()

    for line in map(str.strip, text.splitlines()):
        if line.startswith("|"):
            through()
            if not set(line) <= set("|- "):
                found.append(line)
        elif not line or line.startswith("#"):
            through()
        else:
            if line.startswith("- "):
                through()
            block.append(line.removeprefix("- "))
    through()
    return found


SENTENCES = sentences(PAGE.read_text(encoding="utf-8"))


@cache
def found_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_a_page_is_taken_apart_by_its_sentences():
    page = """# Head

- One is so
  long. Two: three.
- `four` (e.g. this).

| a | b |
|---|---|
| c. D | e |
"""
    assert sentences(page) == [
        "One is so long.", "Two: three.", "`four` (e.g. this).", "| a | b |", "| c. D | e |",
    ]  # fmt: skip


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_has_a_proof_or_a_reason_for_none(sentence):
    rows = [words for words in (*PROVEN, *EXPLAINED) if words in sentence]
    assert len(rows) == 1, f"rows of this sentence of docs/privacy.md: {rows}"


def test_every_row_is_of_one_sentence_and_names_tests_that_are_there():
    gone = [w for w in (*PROVEN, *EXPLAINED) if sum(w in one for one in SENTENCES) != 1]
    assert gone == [], "these words are in no sentence of docs/privacy.md, or in several"
    for words, proofs in PROVEN.items():
        for proof in proofs.split():
            file, _, name = proof.partition("::")
            assert name.startswith("test_"), words
            assert (TESTS / file).is_file(), words
            assert name in found_in(file), f"{words}: {file} has no {name}"
