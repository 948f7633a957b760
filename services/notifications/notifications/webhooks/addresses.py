"""Where calls may go: public addresses of the Internet, over TLS, to the ports of the web.

What a partner types as an address is a stranger's text, and our own network stands behind us: other services,
databases, the cloud's metadata. `ipaddress.is_global` is not enough: it calls addresses global that are translated to
private ones on the way, and changes with Python's releases. Sources: the IANA special-purpose address registries, RFC
6890, 6052, 8215; OWASP's cheat sheet on server-side request forgery.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from chassis.web.translations import N_

PORTS: Final = frozenset({443, 8443})
LONGEST: Final = 1000
"""Characters of an address."""

_NOT_PUBLIC_4: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT; Alibaba's metadata
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # Azure's own services, inside a public range
        "169.254.0.0/16",  # link-local; the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PUBLIC_6: Final = ip_network("2000::/3")
"""All that was ever given out: loopback, mapped, unique-local, link-local, site-local and multicast lie beside."""
_NAT64: Final = ip_network("64:ff9b::/96")
"""Where only IPv6 is spoken, name servers write a public IPv4 address so; and may be made to write a private one."""
_NOT_PUBLIC_6: Final = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them, which holds an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",  # documentation
    )
)


class Forbidden(Exception):
    """No call goes there. `sentence` says in French what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def is_public(address: str) -> bool:
    """Whether an address, as the resolver gives it, is one of the public Internet."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _NOT_PUBLIC_4)
    if parsed in _NAT64:
        return is_public(str(IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.scope_id is None and parsed in _PUBLIC_6 and not any(parsed in network for network in _NOT_PUBLIC_6)


def is_loopback(address: str) -> bool:
    """Whether an address is this very machine's."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return parsed.is_loopback and mapped is None


def check(url: str, *, loopback: bool) -> str:
    """An address that may be called, as far as its text tells. `loopback`: so may this very machine, without TLS and on
    any port, for tests and for trying things out. Raises Forbidden."""
    host, port = _parts(url)
    if loopback and (host == "localhost" or is_loopback(host)):
        return url
    if not url.startswith("https://"):
        raise Forbidden(N_("Indiquez une adresse qui commence par https://."))
    if port not in PORTS:
        raise Forbidden(N_("Le port doit être 443 ou 8443."))
    if (_is_address(host) and not is_public(host)) or _is_of_here(host):
        raise Forbidden(N_("Indiquez une adresse publique : celle-ci est celle d'un réseau interne."))
    return url


def _parts(url: str) -> tuple[str, int]:
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>^`{|}'):
        raise Forbidden(N_("Cette adresse n'est pas valable. Copiez-la telle que le logiciel la donne."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Forbidden(N_("Cette adresse n'est pas valable. Copiez-la telle que le logiciel la donne.")) from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Forbidden(N_("Indiquez une adresse qui commence par https://."))
    if "@" in parts.netloc:
        raise Forbidden(N_("Retirez le nom et le mot de passe de l'adresse : nos appels sont signés."))
    if "#" in url:
        raise Forbidden(N_("Retirez ce qui suit le signe #."))
    return parts.hostname, port or (443 if parts.scheme == "https" else 80)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_of_here(host: str) -> bool:
    """A name without a dot, or of a domain that means something on one's own network alone (RFC 6761, 6762, 8375)."""
    name = host.rstrip(".")
    return ("." not in name and ":" not in name) or name.endswith(
        (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet", ".corp", ".home")
    )
