"""The local identity provider, as people who sign in at the same moment find it."""

import asyncio
from pathlib import Path

from joserfc.jwk import RSAKey

from deploy.local import layout, oidc, ports

AT_ONCE = 12
PASSWORD = "ouvre-toi"


async def test_one_account_gets_as_many_tokens_within_a_second_as_it_asks_for(tmp_path: Path) -> None:
    """They were the same to the letter: the provider kept the first and answered 500 to the others."""
    key = RSAKey.generate_key(2048, {"kid": "sample"}).as_dict(private=True)
    port = ports.free_port()
    environment = await asyncio.to_thread(oidc.install, layout.cache())
    address = f"http://localhost:{port}"
    canaille = oidc.Canaille(
        tmp_path, environment, tmp_path / "log", port, address, "client", "flask", key, password=PASSWORD
    )
    await canaille.start()
    try:
        await canaille.ready()
        ask = (canaille.issuer, "client", oidc.ACCOUNTS[0].user_name, PASSWORD)
        tokens = await asyncio.gather(*(asyncio.to_thread(oidc.token, *ask) for _ in range(AT_ONCE)))
    finally:
        await canaille.stop()
    assert len(set(tokens)) == AT_ONCE
