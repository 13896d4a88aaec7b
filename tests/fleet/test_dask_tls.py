"""Who may talk to whom: certificates on both sides, or 127.0.0.1, and Dask only where it is."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import TYPE_CHECKING

import dask.config
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from distributed.security import Security

from nxsl.core.errors import MissingExtra, Refused
from nxsl.core.outcome import Outcome
from nxsl.fleet.dask_runner import DaskRunner
from tests.fleet import dask_tasks as tasks
from tests.fleet.dask_cluster import cluster
from tests.fleet.processes import inventory, outcomes

if TYPE_CHECKING:
    from pathlib import Path


def certificates(folder: Path, name: str) -> dict[str, Path]:
    """Make an authority and a certificate of it; give the files."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _certificate(name, name, authority_key, authority_key)
    own = _certificate(f"{name} member", name, key, authority_key)
    folder.mkdir()
    files = {each: folder / f"{each}.pem" for each in ("tls_ca", "tls_cert", "tls_key")}
    pem = serialization.Encoding.PEM
    files["tls_ca"].write_bytes(authority.public_bytes(pem))
    files["tls_cert"].write_bytes(own.public_bytes(pem))
    files["tls_key"].touch(mode=0o600)
    files["tls_key"].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def _certificate(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )


def of_a_scheduler(files: dict[str, Path]) -> Security:
    """What scheduler and workers use."""
    cert, key = str(files["tls_cert"]), str(files["tls_key"])
    return Security(
        require_encryption=True,
        tls_ca_file=str(files["tls_ca"]),
        tls_scheduler_cert=cert,
        tls_scheduler_key=key,
        tls_worker_cert=cert,
        tls_worker_key=key,
        tls_client_cert=cert,
        tls_client_key=key,
    )


def test_only_who_has_a_certificate_of_the_authority_may_talk(tmp_path: Path) -> None:
    ours = certificates(tmp_path / "ours", "ours")
    others = certificates(tmp_path / "others", "others")
    hosts = inventory(tmp_path / "inventory", hosts=3)
    with cluster({"one": {}}, security=of_a_scheduler(ours)) as running:
        address = running.scheduler_address
        assert address.startswith("tls://127.0.0.1:")
        with DaskRunner(address, credentials="none", **ours) as runner:  # type: ignore[arg-type]
            result = hosts.with_runner(runner).run(tasks.ok)
        assert outcomes(result) == [Outcome.ALREADY_OK] * 3
        with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
            stranger = DaskRunner(address, credentials="none", **others)  # type: ignore[arg-type]
            with pytest.raises(Refused, match="cannot be talked to"):
                hosts.with_runner(stranger).run(tasks.ok)
            stranger.close()
            plain = address.replace("tls://", "tcp://")
            nobody = DaskRunner(plain, credentials="none")
            with pytest.raises(Refused, match="cannot be talked to"):
                hosts.with_runner(nobody).run(tasks.ok)
            nobody.close()


@pytest.mark.parametrize(
    "address", ["tcp://192.0.2.1:8786", "192.0.2.1:8786", "scheduler.example.com:8786", "ucx://a:1"]
)
def test_a_scheduler_elsewhere_without_tls_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="does not use TLS"):
        DaskRunner(address)
    assert DaskRunner(address, insecure=True).workers == 2


@pytest.mark.parametrize(
    "address", ["tls://192.0.2.1:8786", "tcp://127.0.0.1:8786", "localhost:8786", "tcp://[::1]:1"]
)
def test_tls_or_this_machine_will_do(address: str) -> None:
    assert DaskRunner(address).stopped is False  # nothing is connected before it is needed


def test_a_client_of_a_scheduler_elsewhere_is_refused_as_well() -> None:
    class Elsewhere:
        class scheduler:  # noqa: N801
            address = "tcp://192.0.2.1:8786"

    with pytest.raises(Refused, match=r"192\.0\.2\.1"):
        DaskRunner(client=Elsewhere())  # type: ignore[arg-type]


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed.security", None)
    with pytest.raises(MissingExtra) as caught:
        DaskRunner()
    assert caught.value.remedy == "pip install 'nxsl[dask]'"


def test_nornir_can_load_the_plugin_without_loading_dask() -> None:
    code = (
        "import sys, nxsl.fleet.dask_runner; "
        "print([n for n in ('distributed', 'dask', 'cloudpickle') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
