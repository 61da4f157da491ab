"""A fault of Streamlit's mended: an answer to the browser was dropped when a run of the page began.

Who chooses files asks the server where to send them. When a run begins before the answer has left,
Streamlit clears it away with the elements of the run before, and the files are never sent, without
a word; the same goes for the answer to a click on a download that is made then.
"""

from typing import Any

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

ANSWERS = {"file_urls_response", "backend_operation_response"}


def keep_answers() -> None:
    """Keep what the browser waits for in each queue of messages to it, from now on."""
    if getattr(ForwardMsgQueue.clear, "keeps_answers", False):
        return
    clear = ForwardMsgQueue.clear

    def clear_but_answers(self: Any, *given: Any, **named: Any) -> None:
        answers = [msg for msg in self._queue if msg.WhichOneof("type") in ANSWERS]
        clear(self, *given, **named)
        self._queue += [msg for msg in answers if msg not in self._queue]

    clear_but_answers.keeps_answers = True  # type: ignore[attr-defined]
    ForwardMsgQueue.clear = clear_but_answers  # type: ignore[method-assign]
