"""`bootflash:` and SCP: the screens, and real clients that carry files both ways."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from netmiko import ConnectHandler, FileTransfer
from netmiko.scp_handler import SCPConn
from scp import SCPException  # type: ignore[import-untyped]

from nxsl.lab import Drop, FlashFull, ScpBreaks, ScpCorrupts
from nxsl.lab.flash import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from netmiko import BaseConnection

    from nxsl.lab import Switch
    from tests.lab.conftest import Start, User

    Login = Callable[..., User]
    Connect = Callable[[Switch], BaseConnection]
    Open = Callable[[Switch], SCPConn]

# Every byte, line ends of all kinds, a long line, and bigger than one SSH packet.
DATA = bytes(range(256)) * 400 + b"\r\n\n\r" + "größer".encode() * 900 + b"no line end"


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Give a function that logs in with netmiko."""
    with contextlib.ExitStack() as stack:

        def log_in(switch: Switch) -> BaseConnection:
            options: dict[str, Any] = {
                "device_type": "cisco_nxos",
                "host": "127.0.0.1",
                "port": switch.port,
                "username": switch.spec.username,
                "password": switch.spec.password,
            }
            return stack.enter_context(ConnectHandler(**options))

        yield log_in


@pytest.fixture
def scp(connect: Connect) -> Iterator[Open]:
    """Give a function that opens an SCP connection as netmiko does."""
    with contextlib.ExitStack() as stack:

        def open_one(switch: Switch) -> SCPConn:
            connection = SCPConn(connect(switch), socket_timeout=5.0)
            stack.callback(connection.close)
            return connection

        yield open_one


# -- SCP ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["bootflash:data.bin", "/bootflash/data.bin", "/data.bin"])
def test_there_and_back(path: str, start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start()
    connection = scp(switch)
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(DATA)
    connection.scp_put_file(str(source), path)
    assert switch.files == {"data.bin": DATA}
    connection.scp_get_file(path, str(copy))
    assert copy.read_bytes() == DATA
    assert [line for line in switch.commands if line.startswith("scp ")] == [
        f"scp -t {path}",
        f"scp -f {path}",
    ]


def test_an_empty_file(start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start(files={"empty": b""})
    copy = tmp_path / "copy"
    scp(switch).scp_get_file("bootflash:empty", str(copy))
    assert copy.read_bytes() == b""


def test_a_directory_keeps_the_name_of_the_file(start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start()
    source = tmp_path / "report.txt"
    source.write_bytes(b"text\n")
    connection = scp(switch)
    connection.scp_client.put(str(source), "bootflash:", preserve_times=True)
    assert switch.files == {"report.txt": b"text\n"}


def test_a_file_is_replaced(start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start(files={"a": b"old and longer"})
    source = tmp_path / "source"
    source.write_bytes(b"new")
    scp(switch).scp_put_file(str(source), "bootflash:a")
    assert switch.files == {"a": b"new"}


def test_netmiko_transfers_and_verifies(start: Start, connect: Connect, tmp_path: Path) -> None:
    switch = start()
    source = tmp_path / "source"
    source.write_bytes(DATA)
    for direction, here, there in (("put", str(source), "x"), ("get", "x", str(tmp_path / "y"))):
        with FileTransfer(
            connect(switch),
            source_file=here,
            dest_file=there,
            file_system="bootflash:",
            direction=direction,
        ) as transfer:
            assert not transfer.check_file_exists()
            assert transfer.verify_space_available(r"(\d+) bytes free")
            transfer.transfer_file()
            assert transfer.verify_file()
    assert (tmp_path / "y").read_bytes() == DATA


def test_a_report_arrives_to_the_byte(
    start: Start, scp: Open, login: Login, tmp_path: Path
) -> None:
    switch = start(release="10.3(6)")
    login(switch).run("license smart save usage all file bootflash:usage.txt")
    copy = tmp_path / "usage.txt"
    scp(switch).scp_get_file("bootflash:usage.txt", str(copy))
    assert copy.read_bytes() == switch.files["usage.txt"]
    switch._lab.cssm.acknowledge(copy.read_bytes())


@pytest.mark.parametrize("off", [{"scp_server": False}, {"config": "no feature scp-server"}])
def test_without_a_server(off: dict[str, Any], start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start(files={"a": b"b"}, **off)
    with pytest.raises(SCPException, match="SCP server is not enabled"):
        scp(switch).scp_get_file("bootflash:a", str(tmp_path / "copy"))
    source = tmp_path / "source"
    source.write_bytes(b"new")
    with pytest.raises(SCPException, match="SCP server is not enabled"):
        scp(switch).scp_put_file(str(source), "bootflash:a")
    assert switch.files == {"a": b"b"}
    assert not (tmp_path / "copy").exists()


def test_a_missing_file(start: Start, scp: Open, tmp_path: Path) -> None:
    with pytest.raises(SCPException, match="No such file or directory"):
        scp(start()).scp_get_file("bootflash:gone", str(tmp_path / "copy"))


def test_an_operator_gets_nothing(start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start(role="network-operator", files={"a": b"b"})
    with pytest.raises(SCPException, match="Permission denied"):
        scp(switch).scp_get_file("bootflash:a", str(tmp_path / "copy"))


def execute(connection: BaseConnection, line: str) -> Any:
    """Start a command in a channel of its own."""
    client = connection.remote_conn_pre
    assert client is not None
    channel = client.get_transport().open_session()
    channel.settimeout(5.0)
    channel.exec_command(line)
    return channel


@pytest.mark.parametrize("line", ["scp", "scp -t", "scp -t -f a", "scp -f a b", "scp 'a"])
def test_a_command_line_that_is_none(line: str, start: Start, connect: Connect) -> None:
    channel = execute(connect(start()), line)
    assert channel.recv(100) == f"\1scp: protocol error: {line}\n".encode()
    assert channel.recv_exit_status() == 1


def test_a_client_that_speaks_no_scp(start: Start, connect: Connect) -> None:
    switch = start()
    channel = execute(connect(switch), "scp -t bootflash:a")
    assert channel.recv(1) == b"\0"
    channel.sendall(b"D0755 0 folder\n")
    assert channel.recv(100) == b"\1scp: protocol error: D0755 0 folder\n"
    assert switch.files == {}


def test_a_client_that_goes_in_the_middle(start: Start, connect: Connect) -> None:
    switch = start(files={"a": b"old"})
    channel = execute(connect(switch), "scp -t bootflash:a")
    assert channel.recv(1) == b"\0"
    channel.sendall(b"C0644 100 a\n")
    assert channel.recv(1) == b"\0"
    channel.sendall(b"half of it")
    channel.shutdown_write()
    assert channel.recv(1) == b""
    assert switch.files == {"a": b"old"}


# -- faults ---------------------------------------------------------------------------------------


def test_a_full_flash(start: Start, scp: Open, login: Login, tmp_path: Path) -> None:
    switch = start(FlashFull(free=10), release="10.3(6)", files={"a": b"0123456789"})
    source = tmp_path / "source"
    source.write_bytes(b"x" * 30)
    with pytest.raises(SCPException, match="No space left on device"):
        scp(switch).scp_put_file(str(source), "bootflash:b")
    answer = login(switch).run("license smart save usage all file bootflash:u")
    assert answer == "No space left on device\n"
    assert switch.policy.last_file_write is None
    # In place of a file that goes there is room.
    source.write_bytes(b"x" * 20)
    scp(switch).scp_put_file(str(source), "bootflash:a")
    assert switch.files == {"a": b"x" * 20}


def test_a_download_that_breaks(start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start(ScpBreaks(after_bytes=5000), files={"a": DATA})
    copy = tmp_path / "copy"
    with pytest.raises((SCPException, OSError, EOFError)):
        scp(switch).scp_get_file("bootflash:a", str(copy))
    assert len(copy.read_bytes()) <= 5000
    scp(switch).scp_get_file("bootflash:a", str(copy))
    assert copy.read_bytes() == DATA


def test_an_upload_that_breaks(start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start(ScpBreaks(line="scp -t", after_bytes=5000))
    source = tmp_path / "source"
    source.write_bytes(DATA)
    with pytest.raises((SCPException, OSError, EOFError)):
        scp(switch).scp_put_file(str(source), "bootflash:a")
    assert switch.files == {"a": DATA[:5000]}


def test_bytes_that_change_on_the_way(start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start(ScpCorrupts(), files={"a": DATA})
    copy, source = tmp_path / "copy", tmp_path / "source"
    connection = scp(switch)
    connection.scp_get_file("bootflash:a", str(copy))
    assert differences(copy.read_bytes(), DATA) == 1
    source.write_bytes(DATA)
    connection.scp_put_file(str(source), "bootflash:b")
    assert differences(switch.files["b"], DATA) == 1


def differences(one: bytes, other: bytes) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def test_only_the_lines_that_fit_are_hit(start: Start, scp: Open, tmp_path: Path) -> None:
    switch = start(ScpCorrupts(line="scp -t"), Drop(line="show"), files={"a": DATA})
    copy = tmp_path / "copy"
    scp(switch).scp_get_file("bootflash:a", str(copy))
    assert copy.read_bytes() == DATA


# -- the screens ----------------------------------------------------------------------------------


def test_dir(start: Start, login: Login) -> None:
    switch = start(files={"b.txt": b"12345", "a.txt": b""})
    user = login(switch)
    lines = user.run("dir bootflash:").splitlines()
    assert [line.split()[-1] for line in lines[:3]] == [".rpmstore/", ".swtam/", "a.txt"]
    assert lines[0].startswith("       4096    ")
    assert lines.index("Usage for bootflash://sup-local") == len(lines) - 4
    used, free, total = (int(line.split()[0]) for line in lines[-3:])
    assert used + free == total
    one = user.run("dir bootflash:b.txt").splitlines()
    assert one[0].split()[0] == "5"
    assert one[0].endswith("  b.txt")
    assert one[2] == "Usage for bootflash://sup-local"
    assert user.run("dir bootflash:c.txt") == "No such file or directory\n"
    assert user.run("dir") == user.run("dir bootflash:///")


def test_show_file_and_its_sums(start: Start, login: Login) -> None:
    data = "eins\nzwei ü\n".encode()
    user = login(start(files={"a": data}))
    assert user.run("show file bootflash:a") == data.decode()
    assert user.run("show file bootflash:a md5sum") == f"{hashlib.md5(data).hexdigest()}\n"  # noqa: S324
    assert user.run("show file bootflash:a sha256sum") == f"{hashlib.sha256(data).hexdigest()}\n"
    for words in ("", " md5sum", " sha256sum"):
        assert user.run(f"show file bootflash:gone{words}") == "No such file or directory\n"


def test_delete(start: Start, login: Login) -> None:
    switch = start(files={"a": b"1", "b": b"2"})
    user = login(switch)
    assert user.run("delete bootflash:a no-prompt") == ""
    assert user.run("delete bootflash:a no-prompt") == "No such file or directory\n"
    assert list(switch.files) == ["b"]
    for answer, left in (("no", ["b"]), ("abort", ["b"]), ("", [])):
        user.type("delete bootflash:b\r")
        user.until(r'Do you want to delete "/b" \? \(yes/no/abort\)   \[y\] $')
        user.type(f"{answer}\r")
        user.until(user.prompt)
        assert list(switch.files) == left
    user.type("delete bootflash:b\r")
    user.until(r"\[y\] $")
    user.type("yes\r")
    assert "No such file or directory" in user.until(user.prompt)


def test_features(start: Start, login: Login) -> None:
    switch = start()
    user = login(switch)
    rows = {line.split()[0]: line.split()[-1] for line in user.run("show feature").splitlines()}
    assert (rows["scpServer"], rows["sftpServer"]) == ("enabled", "disabled")
    user.config("no feature scp-server", "feature sftp-server")
    assert "feature scp-server" not in switch.running_config
    assert "feature sftp-server" in switch.running_config
    text = user.run("show feature | include Server")
    assert text == (
        "scpServer              1          disabled\nsftpServer             1          enabled\n"
    )
    assert "scp-server" not in start(name="leaf1", scp_server=False).running_config


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("bootflash:", ""),
        ("bootflash:///", ""),
        ("bootflash:a", "a"),
        ("bootflash:/a", "a"),
        ("bootflash:///a", "a"),
        ("bootflash://sup-local/a", "a"),
        ("/bootflash/a", "a"),
        ("/bootflash", ""),
        ("/bootflasha", "bootflasha"),
        ("/a", "a"),
        ("scripts/a", "scripts/a"),
    ],
)
def test_names(path: str, name: str) -> None:
    assert name_of(path) == name
