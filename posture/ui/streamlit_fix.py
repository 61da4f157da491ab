"""Mends a fault in Streamlit: it drops an answer to the browser when a run of the page begins.

Before a browser sends chosen files, it asks the server where to. If a run begins before the answer
has left, Streamlit clears it with the elements of the previous run, and the files are silently
never sent; likewise the answer to a click on a deferred download.
"""

from typing import Any

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

ANSWERS = {"file_urls_response", "backend_operation_response"}


def keep_answers() -> None:
    """Keep answers that the browser waits for when a queue of messages is cleared."""
    if getattr(ForwardMsgQueue.clear, "keeps_answers", False):
        return
    clear = ForwardMsgQueue.clear

    def clear_but_answers(self: Any, *given: Any, **named: Any) -> None:
        answers = [msg for msg in self._queue if msg.WhichOneof("type") in ANSWERS]
        clear(self, *given, **named)
        self._queue += [msg for msg in answers if msg not in self._queue]

    clear_but_answers.keeps_answers = True  # type: ignore[attr-defined]
    ForwardMsgQueue.clear = clear_but_answers  # type: ignore[method-assign]
