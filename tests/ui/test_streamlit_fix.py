"""What the browser has asked for reaches it, also when a run of the page begins meanwhile."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from posture.ui.streamlit_fix import keep_answers


def answers() -> list[ForwardMsg]:
    files, download, element = ForwardMsg(), ForwardMsg(), ForwardMsg()
    files.file_urls_response.response_id = "files"
    download.backend_operation_response.request_id = "download"
    element.delta.new_element.text.body = "of the run before"
    return [files, element, download]


@pytest.mark.parametrize("fragments", [None, ["a"]])
def test_answers_outlive_the_beginning_of_a_run(fragments):
    keep_answers()
    keep_answers()  # a second server in this process
    queue = ForwardMsgQueue()
    for message in answers():
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)
    left = [message.WhichOneof("type") for message in queue.flush()]
    assert left.count("file_urls_response") == left.count("backend_operation_response") == 1
    assert fragments or "delta" not in left
