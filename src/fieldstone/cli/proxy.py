"""The proxy of ``fieldstone run --proxy``: what a program asks of ``*.amazonaws.com`` goes to the server here.

It ends TLS with a certificate of its own authority, which only that program is told to trust; every other host gets a
blind tunnel. It lives as long as the program does.
"""

import asyncio
import fcntl
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_AWS: Final = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_REQUEST: Final = re.compile(rb"CONNECT ([A-Za-z0-9.-]+):([0-9]{1,5}) HTTP/1\.[01]\r\n")
_PIECE: Final = 1 << 16
_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


def start(folder: Path, url: str) -> dict[str, str]:
    """Start a proxy for this process and what it becomes; the variables that make a program use it.

    Args:
        folder: Where its authority is kept, closed to others.
        url: The server's address.

    Raises:
        OSError: There is no ``openssl``, or it failed.
    """
    bundle = _make_authority(folder)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        arguments = (str(listening.fileno()), str(os.getpid()), str(folder), url)
        command = [sys.executable, "-m", "fieldstone.cli.proxy", *arguments]
        between = os.fork()
        if between == 0:  # so that the program has no child it knows nothing of
            _leave(command, listening.fileno())
        os.waitpid(between, 0)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    names = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
    return {"HTTPS_PROXY": address, "https_proxy": address} | dict.fromkeys(names, str(bundle))


def _leave(command: list[str], listening: int) -> None:
    """Start a process that is nobody's child, and end."""
    try:
        silent = subprocess.DEVNULL
        subprocess.Popen(
            command, pass_fds=[listening], start_new_session=True, stdin=silent, stdout=silent, stderr=silent
        )
    finally:
        os._exit(0)


def _make_authority(folder: Path) -> Path:
    """Make the authority, if it is not there; the bundle of all that a program should trust."""
    folder.mkdir(exist_ok=True, mode=0o700)
    authority, bundle = folder / "authority.pem", folder / "bundle.pem"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not bundle.exists():
            _make_bundle(folder, authority, bundle)
    return bundle


def _make_bundle(folder: Path, authority: Path, bundle: Path) -> None:
    name = ("-subj", "/CN=Fieldstone on this machine", "-days", "3650")
    _openssl("req", "-x509", *_KEY, *name, "-keyout", folder / "authority.key", "-out", authority)
    known = ssl.get_default_verify_paths().cafile
    public = Path(known).read_bytes() if known and Path(known).exists() else b""
    bundle.write_bytes(public + b"\n" + authority.read_bytes())


def _certificate(folder: Path, host: str) -> Path:
    """The certificate and key for a host, made when it is first asked for."""
    whole = folder / f"{host}.pem"
    if not whole.exists():
        own = f"{host}.{os.getpid()}.{threading.get_ident()}"  # another may be making it too
        key, cert = folder / f"{own}.key", folder / f"{own}.crt"
        signed_by = ("-CA", folder / "authority.pem", "-CAkey", folder / "authority.key")
        names = ("-subj", f"/CN={host[:60]}", "-addext", f"subjectAltName=DNS:{host}", "-days", "365")
        _openssl("req", "-x509", *_KEY, *signed_by, *names, "-keyout", key, "-out", cert)
        cert.write_bytes(key.read_bytes() + cert.read_bytes())
        key.unlink()
        cert.rename(whole)
    return whole


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
    if done.returncode != 0:
        raise OSError(done.stderr.strip() or "openssl failed")


async def _serve(listening: socket.socket, program: int, folder: Path, url: str) -> None:
    """Serve until the program ends."""
    ended = asyncio.Event()
    watched = os.pidfd_open(program)
    asyncio.get_running_loop().add_reader(watched, ended.set)
    async with await asyncio.start_server(partial(_answer, folder, url), sock=listening):
        await ended.wait()


async def _answer(folder: Path, url: str, reader: Reader, writer: Writer) -> None:
    try:
        asked = _REQUEST.match(await reader.readuntil(b"\r\n\r\n"))
        if asked is None:
            writer.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return
        await _connect(asked[1].decode().lower(), int(asked[2]), folder, url, (reader, writer))
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return
    finally:
        writer.close()


async def _connect(host: str, port: int, folder: Path, url: str, client: tuple[Reader, Writer]) -> None:
    ours = _AWS.fullmatch(host) is not None
    context = await asyncio.to_thread(_context, folder, host) if ours else None
    there = (urlsplit(url).hostname, urlsplit(url).port) if ours else (host, port)
    reader, writer = await asyncio.open_connection(*there)
    try:
        client[1].write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
        if context is not None:  # at once: what the client says next is for TLS to read
            await client[1].start_tls(context)
        await asyncio.gather(_pour(client[0], writer), _pour(reader, client[1]))
    finally:
        writer.close()


def _context(folder: Path, host: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(_certificate(folder, host))
    return context


async def _pour(source: Reader, sink: Writer) -> None:
    while piece := await source.read(_PIECE):
        sink.write(piece)
        await sink.drain()
    sink.close()


def main(arguments: Mapping[int, str]) -> None:
    """Serve on a socket that was handed down."""
    listening = socket.socket(fileno=int(arguments[1]))
    asyncio.run(_serve(listening, int(arguments[2]), Path(arguments[3]), arguments[4]))


if __name__ == "__main__":
    main(dict(enumerate(sys.argv)))
