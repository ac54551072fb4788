/** Scenarios that do not pass, and why not. */
export const excused: Readonly<Record<string, string>> = {
  'auth/2025-03-26-oauth-metadata-backcompat':
    'not ours, because its metadata names another issuer than the one that it stands at, and RFC 8414 §3.3 forbids to use that',
  'auth/2025-03-26-oauth-endpoint-fallback':
    'not ours, because it wants `/authorize` and `/token` to be guessed: with `oauth2()` you say where they are',
  'auth/dpop': 'not ours, because tokens that are bound to a key (RFC 9449) are no part of tokenwell',
  'auth/dpop-nonce': 'not ours, because tokens that are bound to a key (RFC 9449) are no part of tokenwell',
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
  'auth/authorization-server-migration': 'another authorization server from one call to the next: a new sign-in there',
  'auth/iss-supported': 'a response that names its issuer, of a server that says so (RFC 9207)',
  'auth/iss-not-advertised': 'a response without an issuer, of a server that does not say so',
  'auth/iss-supported-missing': 'a response without an issuer, of a server that says that it names it: is refused',
  'auth/iss-wrong-issuer': 'a response of another issuer: is refused',
  'auth/iss-unexpected': 'a response of another issuer, where none was announced: is refused',
  'auth/iss-normalized': 'an issuer that is the same but for a slash: is refused',
  'auth/metadata-issuer-mismatch': 'metadata of another issuer: nobody is asked for a token',
  'auth/enterprise-managed-authorization': 'an ID token exchanged for an assertion (RFC 8693), and that for a token (RFC 7523)',
  'auth/wif-jwt-bearer': 'workload identity: an assertion of the platform for a token (RFC 7523)',
  'auth/dpop': 'a token that is bound to a key',
  'auth/dpop-nonce': 'the same, with a nonce of the server',
}
