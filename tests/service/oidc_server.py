"""An OIDC provider of the tests, a process of its own: Flask and joserfc, strict about PKCE, codes and its clients.

`POST /person` says who signs in next and which fault the provider has: what it tells of him, how it signs.
"""

import base64
import hashlib
import secrets
import sys
import time
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "fonds", "a secret: of ours/and+more"


def provider(issuer: list[str]) -> Flask:
    app = Flask("provider")
    keys = {
        "now": RSAKey.generate_key(2048, {"kid": "first"}),
        "other": RSAKey.generate_key(2048, {"kid": "first"}),
    }
    kept: dict[str, Any] = {"person": {}, "fault": "", "codes": {}, "asked": {}}

    @app.post("/person")
    def person() -> str:
        said = request.get_json()
        kept.update(person=said["claims"], fault=said.get("fault", ""), userinfo=said.get("userinfo", {}))
        if said.get("fault") == "new_keys":
            keys["now"] = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})
        return "ok"

    @app.get("/asked")
    def asked() -> Response:
        return jsonify(kept["asked"])

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Response:
        at = issuer[0]
        elsewhere = "http://127.0.0.1:1" if kept["fault"] == "elsewhere" else at
        return jsonify(
            issuer="https://somebody.else" if kept["fault"] == "issuer" else at,
            authorization_endpoint=f"{at}/authorize",
            token_endpoint=f"{elsewhere}/token",
            jwks_uri=f"{at}/keys",
            userinfo_endpoint=f"{at}/userinfo",
            response_types_supported=["code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
        )

    @app.get("/keys")
    def public() -> Response:
        return jsonify(KeySet([keys["now"]]).as_dict(private=False))

    @app.get("/authorize")
    def authorize() -> Any:
        asked = request.args.to_dict()
        kept["asked"] = asked
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        kept["codes"][code] = asked
        return redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    @app.post("/token")
    def token() -> Any:
        begun = kept["codes"].pop(request.form.get("code", ""), None)
        challenge = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        proved = begun and base64.urlsafe_b64encode(challenge).decode().rstrip("=") == begun["code_challenge"]
        pair = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        known = pair == f"{CLIENT}:a+secret%3A+of+ours%2Fand%2Bmore"
        if not (proved and known and request.form["redirect_uri"] == begun["redirect_uri"]):
            return jsonify(error="invalid_grant"), 400
        return jsonify(access_token="opaque", token_type="Bearer", id_token=_id_token(begun))

    def _id_token(begun: dict[str, str]) -> str:
        now, fault = int(time.time()), kept["fault"]
        claims = {
            "iss": issuer[0],
            "aud": "another" if fault == "audience" else CLIENT,
            "exp": now - 3600 if fault == "expired" else now + 300,
            "iat": now - 7200 if fault == "expired" else now,
            "auth_time": now,
            "nonce": "another" if fault == "nonce" else begun["nonce"],
            **kept["person"],
        }
        if fault == "unsigned":
            parts = [b'{"alg":"none"}', jsonify(claims).get_data()]
            return ".".join(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts) + "."
        key = keys["other"] if fault == "signature" else keys["now"]
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    @app.get("/userinfo")
    def userinfo() -> Response:
        assert request.headers["Authorization"] == "Bearer opaque"
        return jsonify(kept["userinfo"])

    return app


if __name__ == "__main__":
    here: list[str] = []
    server = make_server("127.0.0.1", 0, provider(here), threaded=True)
    here.append(f"http://127.0.0.1:{server.server_port}")
    sys.stdout.write(here[0] + "\n")
    sys.stdout.flush()
    server.serve_forever()
