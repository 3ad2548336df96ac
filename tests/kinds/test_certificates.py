"""The lab's authority: what it signs, who would believe it, and that two labs are the same to the byte."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

from lab.certificates import authority, host_key, identity

NAMES = ("www.office.example", "office.example")


@pytest.fixture
def issuer():
    return x509.load_pem_x509_certificate(authority("office").encode())


@pytest.fixture
def signed():
    return x509.load_pem_x509_certificate(identity("office", NAMES).certificate.encode())


def test_the_same_names_make_the_same_bytes():
    assert identity("office", NAMES) == identity("office", NAMES)
    assert authority("office") == authority("office")


def test_another_topology_has_another_authority():
    assert authority("office") != authority("home")
    assert identity("office", NAMES).key != identity("home", NAMES).key


def test_a_certificate_is_for_all_of_its_names(signed):
    named = signed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert named.get_values_for_type(x509.DNSName) == list(NAMES)
    assert signed.subject.rfc4514_string() == "CN=www.office.example"


def test_it_is_signed_by_the_authority_of_its_topology_and_by_no_other(issuer, signed):
    signed.verify_directly_issued_by(issuer)
    other = x509.load_pem_x509_certificate(authority("home").encode())
    with pytest.raises((InvalidSignature, ValueError)):
        signed.verify_directly_issued_by(other)


def test_only_the_authority_may_sign(issuer, signed):
    def may_sign(one):
        return one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca

    assert (may_sign(issuer), may_sign(signed)) == (True, False)


def test_the_key_is_that_of_the_certificate(signed):
    key = load_pem_private_key(identity("office", NAMES).key.encode(), None)
    assert key.public_key() == signed.public_key()


def test_it_holds_whatever_the_clock_of_a_laptop_says(signed):
    assert signed.not_valid_before_utc < datetime(2024, 1, 1, tzinfo=UTC)
    assert signed.not_valid_after_utc > datetime(2045, 1, 1, tzinfo=UTC)


def test_only_who_is_told_to_believes_it(one):
    assert "/etc/ssl/certs/ca-certificates.crt" not in one("host").files
    assert one("attacker", trusting=True).files["/etc/ssl/certs/ca-certificates.crt"].startswith("-----BEGIN CERT")


def test_a_web_server_speaks_tls_where_it_has_a_name(one):
    server = one("http", tls=["www.office.example"])
    assert "listen 443 ssl;" in server.files["/etc/nginx/lab.conf"]
    assert server.files["/etc/nginx/lab.key"].startswith("-----BEGIN PRIVATE KEY")
    assert [question.port for question in server.setup.ready] == [80, 443]
    assert "443" not in one("http").files["/etc/nginx/lab.conf"]


def test_topologies_without_certificates_do_not_wait_for_cryptography():
    program = "import sys, lab.kinds; lab.kinds.load(); print('cryptography' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"


def test_a_host_key_follows_from_names_and_openssh_reads_it():
    text = host_key("office", "shell")
    assert text == host_key("office", "shell")
    assert text != host_key("office", "other")
    key = load_ssh_private_key(text.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
