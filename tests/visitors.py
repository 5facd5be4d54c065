"""A visitor without a browser: the messages that Streamlit's page sends and gets, over a plain WebSocket."""

from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect


class Visitor:
    def __init__(self, socket):
        self.socket = socket

    def run(self, page="", query="", widgets=()):
        """Run a page's script to its end; -> the exceptions that it shows."""
        message = BackMsg()
        message.rerun_script.page_name, message.rerun_script.query_string = page, query
        message.rerun_script.widget_states.widgets.extend(widgets)
        self.socket.send(message.SerializeToString())
        exceptions = []
        while True:
            got = ForwardMsg.FromString(self.socket.recv(timeout=90))
            kind = got.WhichOneof("type")
            if kind == "delta" and got.delta.new_element.WhichOneof("type") == "exception":
                exceptions.append(got.delta.new_element.exception.message)
            if kind == "script_finished":
                return exceptions


@contextmanager
def visitor(address, **more):
    """Somebody who has opened a connection; `more` is as `websockets` has it, `origin` for one."""
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(url, subprotocols=["streamlit"], max_size=None, **more) as socket:
        yield Visitor(socket)
