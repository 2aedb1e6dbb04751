"""OIDC: signing in at a provider of the house by authorization code with PKCE (Authlib, RFC 7636, OIDC Core 3.1)."""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

from service.domain.vouching import Vouched
from service.outbound import Outbound, OutboundAnswer, OutboundRefused
from service.usecases.people.vouching import Beginning, NotVouched, VouchingUnavailable

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Signatures that are believed: by a key of the provider, never by our own secret, never none."""
LEEWAY = 120
"""Seconds by which clocks may differ."""
REMEMBERED = timedelta(hours=1)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class OidcClient:
    """How we are known at the provider. `claims`: what is asked of a person → the claim that says it."""

    issuer: str
    client_id: str
    secret: str = field(default="", repr=False)
    claims: Mapping[str, str] = field(default_factory=dict)
    strong: frozenset[str] = frozenset()
    """Values of acr or amr that tell of a second factor."""


class OidcProvider:
    """The provider, as it describes itself at `issuer`/.well-known/openid-configuration."""

    def __init__(self, client: OidcClient, outbound: Outbound, clock: Callable[[], datetime]) -> None:
        self._client, self._outbound, self._clock = client, outbound, clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[datetime, Any]] = {}

    def begin(self, back: str, *, again: bool = False) -> Beginning:
        """Where the browser is sent, and what is kept until it comes back to `back`. `again`: the person has to
        prove himself anew. Raises `VouchingUnavailable`."""
        from authlib.common.security import generate_token  # noqa: PLC0415 - only who uses OIDC pays for it

        state, nonce, verifier = generate_token(43), generate_token(43), generate_token(64)
        extra: dict[str, str] = {"nonce": nonce} | ({"prompt": "login", "max_age": "0"} if again else {})
        url, _ = self._oauth(back).create_authorization_url(
            self._metadata()["authorization_endpoint"], state=state, code_verifier=verifier, **extra
        )
        kept = {"nonce": nonce, "verifier": verifier, "back": back, "again": again}
        return Beginning(str(url), state, kept)

    def finish(self, kept: Mapping[str, Any], code: str) -> Vouched:
        """Who came back with this code. Raises `NotVouched` with the reason, for the log; `VouchingUnavailable`."""
        metadata = self._metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": kept["back"],
            "code_verifier": kept["verifier"],
            "client_id": self._client.client_id,
        }
        headers = dict(FORM)
        if self._client.secret:
            self._prove_client(metadata, form, headers)
        answer = self._asked(
            lambda: self._outbound.post(metadata["token_endpoint"], urlencode(form).encode(), headers)
        )
        told = _object(answer)
        if answer.status != 200 or not isinstance(told.get("id_token"), str):
            raise NotVouched(f"the token endpoint refused: {answer.status} {str(told.get('error', ''))[:60]}")
        claims = self._claims(told, kept)
        return self._vouched({**self._further(metadata, told, claims), **claims})

    def _oauth(self, back: str) -> Any:
        from authlib.oauth2.client import OAuth2Client  # noqa: PLC0415 - as above

        return OAuth2Client(
            session=None,
            client_id=self._client.client_id,
            scope="openid profile email",
            redirect_uri=back,
            code_challenge_method="S256",
        )

    def _prove_client(
        self, metadata: Mapping[str, Any], form: dict[str, str], headers: dict[str, str]
    ) -> None:
        """By the header, as every provider must take it, unless it says that it takes the form alone."""
        offered = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" not in offered and "client_secret_post" in offered:
            form["client_secret"] = self._client.secret
            return
        pair = f"{quote_plus(self._client.client_id)}:{quote_plus(self._client.secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()

    def _claims(self, told: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
        """What the ID token says, when signature, issuer, audience, times and nonce are right."""
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - as above
        from joserfc import jwt  # noqa: PLC0415 - as above
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        now = int(self._clock().timestamp())
        try:
            try:
                token = jwt.decode(told["id_token"], self._keys(fresh=False), algorithms=ALGORITHMS)
            except JoseError:  # the provider may have changed its keys since they were read
                token = jwt.decode(told["id_token"], self._keys(fresh=True), algorithms=ALGORITHMS)
            options = {
                "iss": {"essential": True, "value": self._client.issuer},
                "aud": {"essential": True, "value": self._client.client_id},
            }
            params = {
                "nonce": kept["nonce"],
                "client_id": self._client.client_id,
                "access_token": told.get("access_token"),
            }
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(now, LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as fault:
            raise NotVouched(
                f"the ID token is not to be believed: {type(fault).__name__}: {fault}"
            ) from fault
        proved = claims.get("auth_time", 0)
        if kept.get("again") and (not isinstance(proved, (int, float)) or proved < now - LEEWAY):
            raise NotVouched("the person was not asked anew")
        return dict(claims)

    def _further(
        self, metadata: Mapping[str, Any], told: Mapping[str, Any], claims: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the provider tells beside the ID token, where that one leaves out what is mapped."""
        endpoint, access = metadata.get("userinfo_endpoint"), told.get("access_token")
        if not endpoint or not access or all(name in claims for name in self._client.claims.values()):
            return {}
        bearer = {"Authorization": f"Bearer {access}"}
        found = _object(self._asked(lambda: self._outbound.get(str(endpoint), bearer)))
        return found if found.get("sub") == claims["sub"] else {}

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        said = {what: claims.get(claim) for what, claim in self._client.claims.items()}
        name = said.get("name")
        if not isinstance(name, str) or not name.strip():
            raise NotVouched(f"there is no claim {self._client.claims.get('name')}")
        if self._client.claims.get("name") == "email" and claims.get("email_verified") is not True:
            raise NotVouched("the address of mail is not verified")
        shown = {str(claims.get("acr", "")), *_texts(claims.get("amr"))}
        return Vouched(
            way="oidc",
            subject=f"oidc:{self._client.issuer} {claims['sub']}",
            name=name,
            display_name=str(said.get("display_name") or "")[:100],
            groups=frozenset(_texts(said.get("groups"))),
            departments=tuple(_texts(said.get("departments"))),
            second_factor=bool(shown & self._client.strong),
        )

    def _metadata(self) -> Mapping[str, Any]:
        address = self._client.issuer.rstrip("/") + "/.well-known/openid-configuration"
        found = self._remembered("metadata", address, fresh=False)
        if found.get("issuer") != self._client.issuer:
            raise VouchingUnavailable("the provider calls itself by another name")
        wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if not all(isinstance(found.get(one), str) for one in wanted):
            raise VouchingUnavailable("the provider does not say where to sign in")
        return found

    def _keys(self, *, fresh: bool) -> Any:
        from joserfc.jwk import KeySet  # noqa: PLC0415 - as above

        found = self._remembered("keys", self._metadata()["jwks_uri"], fresh=fresh)
        return KeySet.import_key_set(
            {"keys": [one for one in found.get("keys", ()) if one.get("kty") != "oct"]}
        )

    def _remembered(self, what: str, url: str, *, fresh: bool) -> dict[str, Any]:
        now = self._clock()
        with self._lock:
            at, found = self._kept.get(what, (now, None))
            if found is None or fresh or now - at > REMEMBERED:
                answer = self._asked(lambda: self._outbound.get(url))
                found = _object(answer)
                if answer.status != 200 or not found:
                    raise VouchingUnavailable(f"{url} answered {answer.status}")
                self._kept[what] = (now, found)
            return dict(found)

    def _asked(self, ask: Callable[[], OutboundAnswer]) -> OutboundAnswer:
        try:
            return ask()
        except OutboundRefused as fault:
            raise VouchingUnavailable(str(fault)) from fault


def _object(answer: OutboundAnswer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [one for one in value if isinstance(one, str) and one] if isinstance(value, list) else []
