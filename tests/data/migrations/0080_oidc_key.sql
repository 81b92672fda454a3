INSERT INTO oidc_key (kid, jwk, sealed, signs_from, created_at)
VALUES ('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs', '{"kty": "RSA", "n": "sXch", "e": "AQAB"}', x'01', 1, 1);
