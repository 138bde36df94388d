"""How the app is served, who comes in, and where things are kept."""

from typing import Literal, Self

from pydantic import Field, model_validator

from settings.section import Section


class Server(Section):
    """The served app."""

    token: str | None = None
    """When set, OTLP clients must send it as Bearer token or Basic password."""
    allowed_hosts: list[str] = Field(default_factory=lambda: ["127.0.0.1", "localhost", "[::1]"])
    max_body_mib: int = Field(default=64, ge=1)
    """Limit of one request, also after decompression."""
    workers: int = Field(default=2, ge=1)
    """Processes that decode and scrub."""
    waiting_requests: int = Field(default=64, ge=1)
    """Requests that may be under way before clients are told to come back later."""


class Access(Section):
    """Who comes in, and how the app knows them. What they may do is in the ledger (`benchbook user`)."""

    mode: Literal["local", "oidc", "proxy"] = "local"
    """`local`: people choose their name, this machine alone. `oidc`: a provider says who. `proxy`: a header does."""
    trust_network: bool = False
    """Serve `local` and `proxy` on other addresses than loopback too: whoever reaches it can then be anybody."""
    header: str = "X-Forwarded-Email"
    """Of `proxy`: names the person; the proxy must take it off what comes from outside."""
    claim: str = "email"
    """Of `oidc`: what of the identity is the login in the ledger: `email`, `preferred_username`, `sub` ..."""
    server_metadata_url: str | None = None
    """Of `oidc`: the provider's address that ends in `/.well-known/openid-configuration`."""
    client_id: str | None = None
    client_secret: str | None = None
    redirect_uri: str | None = None
    """Of `oidc`: this app's address as browsers see it, with the path `/oauth2callback`."""

    @model_validator(mode="after")
    def _oidc_is_whole(self) -> Self:
        needed = ("server_metadata_url", "client_id", "client_secret", "redirect_uri")
        missing = [name for name in needed if not getattr(self, name)]
        if self.mode == "oidc" and missing:
            raise ValueError(f"mode oidc needs {', '.join(missing)}")
        if self.redirect_uri and not self.redirect_uri.endswith("/oauth2callback"):
            raise ValueError("redirect_uri ends in /oauth2callback")
        return self


class Storage(Section):
    """Where things are kept, when not in the home."""

    lake_url: str | None = None
    """Object-store URL of the lake; the default is the folder `lake` in the home."""
    lake_options: dict[str, str] = Field(default_factory=dict)
    database_url: str | None = None
    """SQLAlchemy URL of the ledger; the default is SQLite in the home."""
    warehouse_memory: str = "4GB"
