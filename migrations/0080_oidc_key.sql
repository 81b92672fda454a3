-- A key that signs OpenID Connect tokens of jobs. Its private part is sealed with the master key, for this row only. The key in
-- force is the one that began to sign last; those before it stay for as long as something that they signed may be looked at.
CREATE TABLE oidc_key (
    kid        TEXT NOT NULL PRIMARY KEY CHECK (length(kid) = 43),  -- thumbprint of RFC 7638, base64url
    jwk        TEXT NOT NULL CHECK (json_valid(jwk)),               -- its public part: a JSON Web Key
    sealed     BLOB NOT NULL,
    signs_from INTEGER NOT NULL,                                    -- published before it signs
    created_at INTEGER NOT NULL
) STRICT;
