"""Files that are made when their button is pressed, and the reason if one could not be made.

Streamlit makes such a file in a thread of its own, outside any page's run: there is no session, no
language, and no page to write on. Whatever the making needs is fetched when the button is drawn.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse, DeferredFileResponsePayload
from streamlit.runtime import app_session
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_storage import MediaFileStorageError

from posture.errors import PostureError
from posture.ui.words import speech, t
from posture.words import speaking

log = logging.getLogger(__name__)


class NotMadeError(Exception):
    """Why a file could not be made, in the reader's language."""


def download_button(
    label: str, make: Callable[[], bytes], file_name: str, mime: str, **looks: Any
) -> None:
    """Offer a file that is made when the button is pressed.

    Parameters
    ----------
    label : str
    make : callable
        Returns the file. It runs without a session and must not ask for one.
    file_name, mime : str
    looks : optional
        As for Streamlit's own button.
    """
    how = speech()

    def made() -> bytes:
        with speaking(how):
            try:
                return make()
            except PostureError as error:
                raise NotMadeError(t(error.message)) from None
            except (
                Exception
            ) as error:  # Streamlit would log the whole message, patients' data included
                log.error("A file could not be made: %s", type(error).__name__)
                raise NotMadeError(
                    t("The file could not be created. Reload this page, then try again.")
                ) from None

    st.download_button(label, made, file_name, mime, on_click="ignore", **looks)


class _TellingHandler(DeferredFileHandler):
    """Answers a failure with our own words, if there are any; Streamlit's do not say why."""

    async def handle(self, request: Any, session_id: str) -> Any:  # noqa: ARG002
        files, file_id = self._get_media_file_mgr(), request.deferred_file.file_id
        try:
            url = await asyncio.to_thread(files.execute_deferred, file_id)
        except MediaFileStorageError as error:
            if isinstance(error.__cause__, NotMadeError):
                return BackendOperationResponse(
                    request_id=request.request_id, error_msg=str(error.__cause__)
                )
            raise
        return BackendOperationResponse(
            request_id=request.request_id, deferred_file=DeferredFileResponsePayload(url=url)
        )


def tell_failures() -> None:
    """Have Streamlit's sessions say why a file could not be made."""
    vars(app_session)["DeferredFileHandler"] = _TellingHandler
