"""The hosts of a job, in touch with each other: all with the first one, which hears everybody and answers everybody."""

import socket
import struct
import time
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fieldstone.contract.training import UserError

PORT = 9099
"""Where the first host waits for the others; AWS's container of XGBoost uses the same."""
PAUSE = 0.05
_LENGTH = struct.Struct("<Q")


def find_address(host: str) -> str:
    """The address of a host.

    Raises:
        UserError: Its name has none.
    """
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise UserError(f"The hosts of the job cannot find each other: {host} has no address ({error})") from error


class Peers:
    """The connections of one host: to all others if it is the first, else to the first; none of one that is alone.

    They are kept to the end of the process: others shall miss a host that fails only when it has said why.
    """

    def __init__(self, hosts: Sequence[str], here: str) -> None:
        """Wait until all are there.

        Args:
            hosts: Who meets, by name; they do so at the first one's.
            here: Which of them this is.

        Raises:
            UserError: The first host has no address.
        """
        self._hosts = hosts
        self.leads = here == hosts[0]
        """Whether this is the host that speaks for all."""
        self.count, self.number = len(hosts), hosts.index(here)
        """How many hosts there are, and which of them this is, from 0."""
        self._others: list[socket.socket] = []
        if len(hosts) > 1:
            self._others = self._receive() if self.leads else [self._reach(here)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for other in self._others:
            other.close()

    def exchange(self, word: bytes) -> list[bytes | bytearray]:
        """Say a word, and hear everybody's, in the order of the hosts; waits until all have said theirs.

        Raises:
            ConnectionError: A host has ended before that.
        """
        words = self.gather(word)
        if not self.leads:
            return [self._hear(0) for _ in self._hosts]
        for number in range(len(self._others)):
            for said in words:
                self._send(number, said)
        return words

    def gather(self, word: bytes) -> list[bytes | bytearray]:
        """Say a word to the first host, which hears everybody's, in the order of the hosts; the others hear nothing.

        Raises:
            ConnectionError: A host has ended before that.
        """
        if not self.leads:
            self._send(0, word)
            return []
        return [word, *map(self._hear, range(len(self._others)))]

    def add(self, *arrays: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """The sums of the hosts' arrays, for every host; the same on all, to the last bit.

        Args:
            arrays: Of the same shapes on all hosts.

        Raises:
            ConnectionError: A host has ended before its arrays were there.
        """
        if not self._others:
            return list(arrays)
        total = np.concatenate([array.ravel() for array in arrays])
        if self.leads:
            for number in range(len(self._others)):
                total += np.frombuffer(self._hear(number))
            for number in range(len(self._others)):
                self._send(number, total.tobytes())
        else:
            self._send(0, total.tobytes())
            total = np.frombuffer(self._hear(0))
        ends = np.cumsum([array.size for array in arrays])[:-1]
        return [part.reshape(array.shape) for part, array in zip(np.split(total, ends), arrays, strict=True)]

    def _receive(self) -> list[socket.socket]:
        """Wait for the others, and order them by the names that they say."""
        guests: dict[str, socket.socket] = {}
        # Nobody may come for the next meeting while this one's door is open.
        with socket.create_server((find_address(self._hosts[0]), PORT), backlog=len(self._hosts)) as door:
            while len(guests) < len(self._hosts) - 1:
                guest = door.accept()[0]
                _hasten(guest)
                guests[_take(guest).decode()] = guest
        return [guests[host] for host in self._hosts[1:]]

    def _reach(self, here: str) -> socket.socket:
        address = find_address(self._hosts[0])
        while True:
            try:
                door = socket.create_connection((address, PORT))
            except ConnectionRefusedError:  # it has not come yet
                time.sleep(PAUSE)
            else:
                _hasten(door)
                _give(door, here.encode())
                return door

    def _send(self, number: int, word: bytes | bytearray) -> None:
        try:
            _give(self._others[number], word)
        except OSError as error:
            raise self._gone(number) from error

    def _hear(self, number: int) -> bytes | bytearray:
        try:
            return _take(self._others[number])
        except OSError as error:
            raise self._gone(number) from error

    def _gone(self, number: int) -> ConnectionError:
        host = self._hosts[number + 1] if self.leads else self._hosts[0]
        return ConnectionError(f"Host {host} has ended before all hosts had done their share")


ALONE = Peers(("algo-1",), "algo-1")
"""The only host of a job that has no others."""


def _hasten(other: socket.socket) -> None:
    """Have short words sent at once: hosts wait for each other's, thousands of times."""
    other.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _give(other: socket.socket, word: Any) -> None:
    other.sendall(_LENGTH.pack(len(word)))
    other.sendall(word)


def _take(other: socket.socket) -> bytearray:
    (length,) = _LENGTH.unpack(_take_bytes(other, _LENGTH.size))
    return _take_bytes(other, length)


def _take_bytes(other: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        taken = other.recv_into(view)
        if not taken:
            raise ConnectionResetError
        view = view[taken:]
    return data
