"""Asks ClamAV's daemon about a file (clamd(8): INSTREAM, PING), over TCP or a Unix socket. The operator names it; nobody else can."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import BinaryIO, Literal

Verdict = Literal["clean", "infected", "too_large"]
_PIECE = 256 * 1024
_CONNECT, _ANSWER = 3.0, 300.0  # seconds
_MOST_ANSWER = 4096


class ScannerDown(Exception):
    """No verdict: it can't be reached, broke off, or said something else. The message says what, for the operator."""


def _connected(address: str) -> socket.socket:
    if not address.startswith("/"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), _CONNECT)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(_CONNECT)
    try:
        line.connect(address)
    except OSError:
        line.close()
        raise
    return line


def _answer(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < _MOST_ANSWER and (piece := line.recv(1024)):
        said += piece
    return said.rstrip(b"\0\n").decode("utf-8", "replace")


def ping(address: str) -> None:
    """Whether it answers. Raises ScannerDown."""
    try:
        with closing(_connected(address)) as line:
            line.sendall(b"zPING\0")
            said = _answer(line)
    except OSError as error:
        raise ScannerDown(type(error).__name__) from error
    if said != "PONG":
        raise ScannerDown("it does not answer as ClamAV does")


def verdict(address: str, stream: BinaryIO) -> Verdict:
    """What it says of a stream. Raises ScannerDown."""
    try:
        with closing(_connected(address)) as line:
            line.settimeout(_ANSWER)
            try:
                line.sendall(b"zINSTREAM\0")
                while piece := stream.read(_PIECE):
                    line.sendall(len(piece).to_bytes(4, "big") + piece)
                line.sendall(bytes(4))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it stops listening where a file is too large for it, and says so
            said = _answer(line)
    except OSError as error:
        raise ScannerDown(type(error).__name__) from error
    if said.endswith(" OK"):
        return "clean"
    if said.endswith(" FOUND"):
        return "infected"
    if "size limit exceeded" in said:
        return "too_large"
    raise ScannerDown("it broke off" if not said else "it could not check a file")
