"""Where calls to partners' software may go: a row for each way into somebody's own network."""

import pytest

from notifications.webhooks.addresses import Forbidden, check, is_public


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2a01:cb00::1", True),
        ("172.15.255.255", True),
        ("172.32.0.1", True),
        ("100.63.255.255", True),
        # This machine and this network.
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),  # noqa: S104
        ("0.1.2.3", False),
        ("::", False),
        ("::1", False),
        # Private networks.
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("172.31.255.255", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("100.127.255.255", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fec0::1", False),
        # Link-local, and the metadata of clouds.
        ("169.254.169.254", False),
        ("169.254.170.2", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fd00:ec2::254", False),
        ("100.100.100.200", False),
        ("192.0.0.192", False),
        ("168.63.129.16", False),
        # An IPv4 address inside an IPv6 one.
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("::ffff:8.8.8.8", False),
        ("::ffff:0:10.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::a01:203", False),
        ("64:ff9b::808:808", True),
        ("64:ff9b:1::808:808", False),
        ("2002:7f00:1::", False),
        ("2002:a9fe:a9fe::1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        # Everybody, and nobody.
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("ff02::1", False),
        ("192.0.2.1", False),
        ("198.51.100.1", False),
        ("203.0.113.1", False),
        ("198.18.0.1", False),
        ("192.88.99.1", False),
        ("0x7f000001", False),
        ("partenaire.example", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "https://partenaire.example/maillage",
        "https://partenaire.example:8443/maillage?jeton=1",
        "https://8.8.8.8/",
        "https://[2a01:cb00::1]/",
    ],
)
def test_what_may_be_called(url: str) -> None:
    assert check(url, loopback=False) == url


REFUSED = [
    "http://partenaire.example/",
    "ftp://partenaire.example/",
    "file:///etc/passwd",
    "partenaire.example",
    "https://",
    "https:///rien",
    "https://partenaire.example:22/",
    "https://partenaire.example:99999/",
    "https://partenaire.example:x/",
    "https://nom:mot@partenaire.example/",
    "https://partenaire.example@10.0.0.1/",
    "https://partenaire.example/#ici",
    "https://partenaire.example/ ",
    "https://partenaire.example/\r\nX: y",
    "https://partenaire.example\\@10.0.0.1/",
    "https://pärtenaire.example/",
    "https://10.0.0.1/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/",
    "https://notifications.local/",
    "https://postgres/",
    "https://postgres./",
    "https://" + "a" * 1000 + ".example/",
]
LOOPBACK = ["http://localhost:8080/", "http://127.0.0.1:8080/", "https://[::1]/"]


@pytest.mark.parametrize("url", REFUSED + LOOPBACK)
def test_what_may_not_be_called(url: str) -> None:
    with pytest.raises(Forbidden):
        check(url, loopback=False)


@pytest.mark.parametrize("url", REFUSED)
def test_to_permit_this_machine_permits_nothing_else(url: str) -> None:
    with pytest.raises(Forbidden):
        check(url, loopback=True)


@pytest.mark.parametrize("url", LOOPBACK)
def test_this_machine_may_be_permitted(url: str) -> None:
    assert check(url, loopback=True) == url
