"""Who may sign in, and as what."""

import streamlit as st

from posture.records import RecordError, Right, Role
from posture.records.users import User
from posture.ui import fields, session
from posture.ui.words import t


def page() -> None:
    """Show who may sign in, invite others, and change their roles."""
    st.title(t("Users"))
    session.only(Right.MANAGE)
    users = session.store().users.all()
    if not users:
        st.info(
            t(
                "No users yet. Anyone with the passphrase has full access. For a clinic with its "
                "own sign-in, see docs/deployment.md, and invite people here."
            )
        )
    for role in Role:
        st.caption(f"**{t(str(role))}**: {t(role.words)}")
    _invite(len(users))
    for user in users:
        _user(user)


def _invite(number: int) -> None:
    with st.form("invite", clear_on_submit=False):
        address, wanted = st.columns([2, 1])
        email = fields.text(t("E-mail address"), place=address, key=f"invite.email.{number}")
        chosen = wanted.selectbox(t("Role"), list(Role), index=1, format_func=t, key="invite.role")
        sent = st.form_submit_button(t("Invite"), type="primary", icon=":material/person_add:")
    if sent and chosen:
        try:
            session.store().users.invite(email, chosen)
        except RecordError as error:
            st.error(session.plain(t(error.message)))
        else:
            fields.forget("invite.")
            st.rerun()


def _user(user: User) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        with st.container():
            st.markdown(f"**{session.plain(user.email)}**")
            st.caption(
                t("has signed in") if user.has_signed_in else t("invited, not signed in yet")
            )
        given = st.selectbox(
            t("Role"), list(Role), list(Role).index(user.role), format_func=t, key=f"role.{user.id}"
        )
        active = st.toggle(t("May sign in"), user.active, key=f"active.{user.id}")
        if given and (given, active) != (user.role, user.active):
            try:
                session.store().users.change(user.id, role=given, active=active)
            except RecordError as error:
                st.error(session.plain(t(error.message)))
            else:
                st.rerun()
