"""Clients that ask an endpoint without a pause, and hold every answer against what it may be."""

import asyncio
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


@dataclass
class Tally:
    """What came back."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Askers:
    """Clients that ask ``endpoint``, whose models answer with their names and what they are asked.

    Args:
        url: The server's.
        account: Whose endpoint it is.
        allowed: The names of the models that may answer.
        count: How many clients there are.
    """

    def __init__(self, url: str, account: str, allowed: set[str], count: int = 32) -> None:
        self._address = urlsplit(url)
        self._account = account
        self._count = count
        self._ended = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask_all()))
        self.allowed = allowed
        self.tally = Tally()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    async def _ask_all(self) -> None:
        await asyncio.gather(*(self._ask_on(number) for number in range(self._count)))

    async def _ask_on(self, client: int) -> None:
        reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        number = 0
        while not self._ended.is_set():
            asked, before = f"c{client}n{number}", self.allowed
            writer.write(self._request(asked))
            status, body = await _answer(reader)
            self._judge(asked, before | self.allowed, status, body)
            number += 1
        writer.close()

    def _request(self, asked: str) -> bytes:
        credential = f"{self._account}/20260101/us-east-1/sagemaker/aws4_request"
        return (
            f"POST /endpoints/endpoint/invocations HTTP/1.1\r\nhost: {self._address.netloc}\r\n"
            f"authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=none\r\n"
            f"content-type: text/plain\r\ncontent-length: {len(asked)}\r\n\r\n{asked}"
        ).encode()

    def _judge(self, asked: str, allowed: set[str], status: int, body: str) -> None:
        if status != 200:
            self.tally.failed.append(f"{status} {body}")
        elif body in {f"{name}({asked})" for name in allowed}:
            self.tally.right += 1
        else:
            self.tally.wrong.append(f"{asked} to {sorted(allowed)}: {body}")


async def _answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("content-length:")[2].partition("\r\n")[0])
    return int(head.split()[1]), (await reader.readexactly(length)).decode()
