import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    Pong,
    Request,
    TextMessage,
)


class Client:
    def __init__(self, connection, **request):
        self.socket = connection
        self.ws = WSConnection(ConnectionType.CLIENT)
        self.send(Request(host="ws.example", target="/live?x=1", **request))

    def send(self, event):
        self.socket.sendall(self.ws.send(event))

    def next(self):
        while True:
            for event in self.ws.events():
                return event
            self.ws.receive_data(self.socket.recv(1000) or None)


def test_messages_are_recorded_pings_answered_and_the_close_returned(serve):
    with serve() as served:
        with served.connect() as connection:
            client = Client(connection, subprotocols=["v2.chat", "v1.chat"])
            accepted = client.next()
            assert isinstance(accepted, AcceptConnection)
            assert (accepted.subprotocol, accepted.extensions) == ("v2.chat", [])
            client.send(TextMessage("Gr\u00fc\u00dfe\u2019"))
            client.send(BytesMessage(b"\x00\x01", message_finished=False))
            client.send(Ping(b"there?"))
            assert client.next() == Pong(b"there?")
            client.send(BytesMessage(b"\x02"))
            client.send(CloseConnection(1001, "bye"))
            closed = client.next()
            assert (type(closed), closed.code) == (CloseConnection, 1001)
            assert connection.recv(10) == b""
        upgrade, socket = served.flows()
    assert (upgrade.request.target, upgrade.response.status) == (b"/live?x=1", 101)
    assert (socket.host, socket.port, socket.target) == ("ws.example", served.port, b"/live?x=1")
    assert socket.connection == upgrade.connection
    assert [(message.text, message.content) for message in socket.messages] == [
        (True, "Grüße’".encode()), (False, b"\x00\x01\x02"),
    ]  # fmt: skip
    assert socket.close_code == 1001


@pytest.mark.parametrize("garbage", [b"", b"\xff\xff\xff\xff", b"\x81\x05hello"])
def test_a_connection_that_breaks_off_keeps_what_was_said(serve, garbage):
    with serve() as served:
        with served.connect() as connection:
            client = Client(connection)
            client.next()
            client.send(TextMessage("first"))
            connection.sendall(garbage)
        (socket,) = served.flows("websocket")
    assert [message.content for message in socket.messages] == [b"first"]
    assert socket.close_code is None


def test_a_run_that_ends_ends_its_sockets(serve):
    with serve() as served, served.connect() as connection:
        client = Client(connection)
        client.next()
        client.send(TextMessage("first"))
        client.send(Ping(b""))
        client.next()
        (socket,) = served.flows("websocket")
    assert [message.content for message in socket.messages] == [b"first"]
