"""A TCP proxy in front of a server, to cut or freeze connections at any byte. Its thread ends with `close`."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading

LINGER = struct.pack("ii", 1, 0)  # a closed connection is reset: what is under way is gone


class Pair:
    """One connection: the client's socket and the server's."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server

    def other(self, one: socket.socket) -> socket.socket:
        """The opposite end."""
        return self.server if one is self.client else self.client


class Proxy:
    """Listens on a port of its own and passes everything on. `host` and `port` are where clients connect."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = "127.0.0.1"
        self.port = int(self._listener.getsockname()[1])
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._pairs: dict[socket.socket, Pair] = {}
        self._lock = threading.Lock()
        self._left: int | None = None  # bytes from the server until the next cut
        self._frozen = False
        self.cuts = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut_after(self, size: int) -> None:
        """Let this many bytes of the server pass, then reset the connection that they came on."""
        with self._lock:
            self._left = size

    def freeze(self) -> None:
        """Pass nothing on from now on, as a network that drops every packet; connections stay open."""
        with self._lock:
            self._frozen = True

    def thaw(self) -> None:
        """Pass everything on again."""
        with self._lock:
            self._frozen = False

    def close(self) -> None:
        """End."""
        self._ending.set()
        self._thread.join(10)
        for one in (*self._pairs, self._listener):
            one.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            with self._lock:
                frozen = self._frozen
            if frozen:
                self._ending.wait(0.05)
                continue
            for key, _ in self._selector.select(0.1):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                if one is self._listener:
                    self._accept()
                elif one in self._pairs:
                    self._pass(one)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(self._target, 5)
        except OSError:
            client.close()
            return
        pair = Pair(client, server)
        for one in (client, server):
            one.settimeout(30)
            self._pairs[one] = pair
            self._selector.register(one, selectors.EVENT_READ)

    def _pass(self, one: socket.socket) -> None:
        pair = self._pairs[one]
        try:
            data = one.recv(65536)
        except OSError:
            data = b""
        cut = False
        with self._lock:
            if one is pair.server and self._left is not None:
                cut = len(data) >= self._left
                data = data[: self._left]
                self._left = None if cut else self._left - len(data)
        try:
            if data:
                pair.other(one).sendall(data)
        except OSError:
            data = b""
        if cut:
            self.cuts += 1
        if cut or not data:
            self._drop(pair, reset=cut)

    def _drop(self, pair: Pair, *, reset: bool) -> None:
        for one in (pair.client, pair.server):
            self._pairs.pop(one, None)
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(one)
            if reset:
                with contextlib.suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
            one.close()
