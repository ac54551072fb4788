/** Scenarios that do not pass, and why they need not. */
export const notOurs: Readonly<Record<string, string>> = {
  'auth/2025-03-26-oauth-metadata-backcompat':
    'its metadata names another issuer than the one that it stands at, and RFC 8414 §3.3 forbids to use such metadata',
  'auth/2025-03-26-oauth-endpoint-fallback':
    'it has no metadata, and wants `/authorize` and `/token` to be guessed: with `oauth2()` you say where they are',
}

/** What each one tries, in our words. */
export const tries: Readonly<Record<string, string>> = {
  'auth/metadata-default': 'metadata of the resource at its own path, of the server at its root',
  'auth/metadata-var1': 'the same without a word in the challenge; OpenID Connect discovery',
  'auth/metadata-var2': 'metadata of the resource at the root; an issuer with a path (RFC 8414)',
  'auth/metadata-var3': 'metadata where the challenge says; OpenID Connect discovery below the issuer’s path',
  'auth/basic-cimd': 'a URL as client id',
  'auth/scope-from-www-authenticate': 'the scope of the challenge',
  'auth/scope-from-scopes-supported': 'the scopes of the resource’s metadata',
  'auth/scope-omitted-when-undefined': 'no scope, where nobody names one',
  'auth/scope-step-up': 'a second sign-in, for the rights that a 403 asks for',
  'auth/scope-retry-limit': 'a 403 that never ends',
  'auth/token-endpoint-auth-basic': 'client authentication by `Authorization: Basic`, as the metadata says',
  'auth/token-endpoint-auth-post': 'client authentication in the body, as the metadata says',
  'auth/token-endpoint-auth-none': 'a public client',
  'auth/pre-registration': 'a client id and secret that are given',
  'auth/2025-03-26-oauth-metadata-backcompat': 'an older protocol: no metadata of the resource',
  'auth/2025-03-26-oauth-endpoint-fallback': 'an older protocol: no metadata at all',
  'auth/resource-mismatch': 'metadata of another resource: nobody is asked for a token',
  'auth/offline-access-scope': '`offline_access`, where the server knows it',
  'auth/offline-access-not-supported': 'no `offline_access`, where it does not',
  'auth/client-credentials-jwt': 'client credentials, with a signed assertion (RFC 7523)',
  'auth/client-credentials-basic': 'client credentials, with a secret',
  'auth/cross-app-access-complete-flow': 'an ID token exchanged for an assertion (RFC 8693), and that for a token (RFC 7523)',
}
