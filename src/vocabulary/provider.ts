import type { Paths } from './paths.ts'
import type { ReplyMatch, Scalar } from './reply-match.ts'

/** A value that JSON can hold. */
export type Json = Scalar | readonly Json[] | { readonly [name: string]: Json }

/** How the parameters of a token request travel: in a form, in JSON, in the query, or not at all. */
export type Encoding = 'form' | 'json' | 'query' | 'none'

/** The HTTP method of a token request. */
export type TokenRequestMethod = 'POST' | 'GET' | 'PUT' | 'PATCH' | 'DELETE'

/** What a client-authentication function gets. */
export interface ClientCredentials {
  readonly clientId?: string
  readonly clientSecret?: string
}

/** The request that a client-authentication function is asked for. */
export interface AuthenticatedRequest {
  readonly url: string
  readonly method: TokenRequestMethod
  /** Under their standard names. */
  readonly parameters: Readonly<Record<string, string>>
  /** Who an assertion is for: the provider's `issuer`, else its `tokenUrl` (RFC 7523 §3). */
  readonly audience: string
  /** ms since the epoch, by the manager's clock. */
  readonly now: number
}

/** What a client-authentication function adds to the token request. Names are the wire's. */
export interface ClientAuthenticationResult {
  headers?: Record<string, string> | undefined
  parameters?: Record<string, string> | undefined
}

/**
 * Where the client's id and secret are sent (RFC 6749 §2.3.1): HTTP Basic; the same without percent-encoding; `Basic ` and the
 * secret as it is; in the body; in the query; or no secret.
 */
export type ClientAuthenticationMethod = 'basic' | 'basic-loose' | 'basic-raw' | 'body' | 'query' | 'none'

/** Proves in its own way which client asks. */
export interface ClientAuthenticationFunction {
  (client: ClientCredentials, request: AuthenticatedRequest): ClientAuthenticationResult | Promise<ClientAuthenticationResult>
  /**
   * Whether it proves the client's id and nothing else, as `privateKeyJwt()` does. Else it may tell one tenant from another: beside
   * a shared store `subject` has to say whose token it is.
   */
  readonly provesClientId?: true
}

/** How the client proves itself in a token request: by one method, by several together, or by a function. */
export type ClientAuthentication = ClientAuthenticationMethod | readonly ClientAuthenticationMethod[] | ClientAuthenticationFunction

/** How an API wants to be asked for tokens, and shown them: data, for any number of managers. */
export interface Provider {
  /** Names the provider in messages, events and store keys. */
  name: string
  /** Base of `createClient`; its origin receives the token. */
  apiUrl: string
  /**
   * Where `tokenResponse.apiUrl` may lead: origins, also with `*` for one or more whole labels (`https://*.salesforce.com`). The
   * origin that a reply names receives that token, and no other one.
   */
  apiOrigins?: readonly string[] | undefined
  /** The token endpoint (RFC 6749 §3.2). */
  tokenUrl: string
  /** The authorization endpoint (RFC 6749 §3.1), for `tokenwell/sign-in`. */
  authorizationUrl?: string | undefined
  /** The device authorization endpoint (RFC 8628 §3.1), for `startDeviceSignIn()` of `tokenwell/sign-in`. */
  deviceAuthorizationUrl?: string | undefined
  /**
   * The `iss` to expect (RFC 9207), to the letter.
   * @default the origin of `authorizationUrl`, or a path above it
   */
  issuer?: string | undefined
  /**
   * Whether the server names itself by `iss` in each authorization response (RFC 9207 §3): one without it is refused.
   * @default false
   */
  issuerInResponse?: boolean | undefined
  /** Sent with every token and API request, where the caller did not set them. */
  headers?: Readonly<Record<string, string>> | undefined
  tokenRequest?: TokenRequestProfile | undefined
  /** @default { by: 'refresh_token' } */
  renewal?: RenewalProfile | undefined
  /** How a token is ended at the server, for `tokens.revoke()`. */
  revocation?: RevocationProfile | undefined
  tokenResponse?: TokenResponseProfile | undefined
  /** How a token travels with API requests: by data, or by a function that signs each of them. */
  authorization?: AuthorizationProfile | AuthorizationFunction | undefined
  /**
   * Which responses reject the token, beside 401. A rule sees a 2xx only where it names its status. A function is asked for what
   * is not 2xx; it gets a clone that it may read, and has 5 s.
   */
  isRejection?: ReplyMatch | readonly ReplyMatch[] | ((response: Response) => boolean | Promise<boolean>) | undefined
}

/**
 * How a token travels with API requests. In templates, `{access_token}` is the token, `{extra.NAME}` a field of
 * `token.extra`, and `{client_id}` the grant's.
 */
export interface AuthorizationProfile {
  /** With another one, tokenwell follows redirects itself: platforms would forward the token. @default 'Authorization' */
  header?: string | undefined
  /**
   * Stands before the token. `''` sends the bare token, and is the default of any header but `Authorization`.
   * @default 'Bearer'
   */
  scheme?: string | undefined
  /** A template of the header's value, in place of `scheme`: `'MediaBrowser Token="{access_token}"'`. */
  format?: string | undefined
  /** The name of a query parameter that carries the token, in place of a header. Servers and proxies log URLs. */
  query?: string | undefined
  /** The name of a cookie that carries the token, in place of a header. Not in browsers, which set cookies themselves. */
  cookie?: string | undefined
  /** Templates of further headers. One whose value is not there is left out. */
  headers?: Readonly<Record<string, string>> | undefined
}

/** A body for `fetch`. Not `BodyInit`: programs on Node.js without DOM types have no type of that name. */
export type CallBody = NonNullable<RequestInit['body']>

/** A call of the API that a function is to authorize. */
export interface UnauthorizedCall {
  readonly accessToken: string
  /** `token.extra`. */
  readonly extra: Readonly<Record<string, unknown>>
  /** Its secret comes resolved. */
  readonly client: ClientCredentials
  readonly method: string
  readonly url: string
  readonly headers: Headers
  /**
   * Where it is text, bytes, a Blob, URLSearchParams or FormData. That of a `Request`, of up to `maxReplayBytes`, is text where its
   * content type says text, JSON or a form, and else an ArrayBuffer.
   */
  readonly body: CallBody | undefined
  /** ms since the epoch, by the manager's clock. */
  readonly now: number
}

/** What such a function gives: headers to add, and a URL (of the same origin) or a body in place of the call's. */
export interface CallAuthorization {
  headers?: Record<string, string> | Headers | undefined
  url?: string | undefined
  body?: CallBody | undefined
}

/** Signs one call of the API: it gets the call and the token, and gives what is to be added or changed. */
export type AuthorizationFunction = (call: UnauthorizedCall) => CallAuthorization | Promise<CallAuthorization>

/** How a token is ended at the server. */
export interface RevocationProfile {
  url: string
  /**
   * `client`: the client says which token to end, with its own authentication (RFC 7009). `token`: a call that carries the token,
   * as any API call does (a log-out).
   * @default 'client'
   */
  as?: 'client' | 'token' | undefined
  /** @default 'POST' */
  method?: TokenRequestMethod | undefined
  /** Stands alone: nothing of the log-in is sent along but the client's authentication. In its templates, `{token}` is what is revoked. */
  request?: Omit<TokenRequestProfile, 'method'> | undefined
}

/** How a token request is built. */
export interface TokenRequestProfile {
  /** @default 'POST' */
  method?: TokenRequestMethod | undefined
  /**
   * Of a list, the next one is tried on 415, and the one that worked is remembered. `none` sends nothing but `headers` and `queryParameters`.
   * @default 'form', 'query' for GET, and 'json' with a `body`
   */
  encoding?: Encoding | readonly Encoding[] | undefined
  /**
   * Headers of token requests alone: templates, such as `{ 'x-api-key': '{client_secret}' }`. One whose value is not there is left
   * out. A `Content-Type` here wins.
   */
  headers?: Readonly<Record<string, string>> | undefined
  /**
   * A template of a JSON body. A string that is one placeholder takes the value with its type; one whose value is not there is left
   * out. Only what this, `headers` and `queryParameters` name is sent then.
   */
  body?: Json | undefined
  /** Wire names of parameters that go into the query whatever the encoding (Dive: `grant_type`). */
  queryParameters?: readonly string[] | undefined
  /**
   * `basic` encodes as RFC 6749 §2.3.1 says, `basic-loose` does not percent-encode, `basic-raw` sends the secret as it
   * is, `body` and `query` send parameters, `none` sends only `client_id`. Those of a list are combined.
   * @default 'basic'; 'none' without a secret, with a `body`, and with the encoding `none`
   */
  clientAuthentication?: ClientAuthentication | undefined
  /** Standard name → wire name; `false` leaves the parameter out. */
  parameterNames?: Readonly<Record<string, string | false>> | undefined
  /** Wire names and values that are always sent. JSON keeps their types; elsewhere a list repeats its name. */
  extraParameters?: Readonly<Record<string, string | number | boolean | readonly string[]>> | undefined
  /** @default 'scope' */
  scopeParameter?: string | undefined
  /** @default ' ' */
  scopeSeparator?: string | undefined
  /** Changes the client secret before it is sent (a hash, say). Gets the request's parameters under their standard names. */
  transformSecret?: ((secret: string, parameters: Readonly<Record<string, string>>) => string | Promise<string>) | undefined
  /** Whether cookies of the token endpoint are sent and kept. @default the platform's */
  credentials?: RequestInit['credentials']
}

/**
 * How a token is renewed: with its refresh token, by presenting the access token itself (CAM2), or by asking with the
 * grant again. `request` is laid over the provider's `tokenRequest` field by field.
 */
export type RenewalProfile =
  | {
      by: 'refresh_token'
      /** @default the provider's tokenUrl */
      url?: string | undefined
      /** How long a refresh token lives where the reply does not say, ms. */
      refreshLifetimeMs?: number | undefined
      request?: TokenRequestProfile | undefined
    }
  | {
      by: 'access_token'
      url: string
      /** Wire name of the parameter that carries the access token. May be left out where a template of `request` names `{access_token}`. */
      parameter?: string | undefined
      /** How long a chain of renewals may go on, ms. @default without end */
      windowMs?: number | undefined
      /** JWT claim (seconds) from which the window counts; without it, from the first issue of the chain. */
      windowFrom?: string | undefined
      request?: TokenRequestProfile | undefined
    }
  | { by: 'grant' }

/** Where a token response keeps what. */
export interface TokenResponseProfile {
  /** @default 'access_token' */
  accessToken?: Paths | undefined
  /** @default 'refresh_token' */
  refreshToken?: Paths | undefined
  /** The reply's word for it, else `authorization.scheme` or `Bearer`; never used as the scheme that is sent. @default 'token_type' */
  tokenType?: Paths | undefined
  /** @default 'scope' */
  scope?: Paths | undefined
  /** Lifetime: a number, or a string with one, in `expiresInUnit`. From 1e9 s on it is the instant of the end. @default 'expires_in' */
  expiresIn?: Paths | undefined
  /**
   * Instant: a number since the epoch, or a string with one (in `expiresInUnit` where that is given, else seconds up to 1e11 and
   * ms above), an ISO 8601 date (UTC without an offset), or an HTTP date. No default.
   */
  expiresAt?: Paths | undefined
  /** Lifetime of the refresh token. No default. */
  refreshExpiresIn?: Paths | undefined
  refreshExpiresAt?: Paths | undefined
  /** Where the API is: a URL, or a host, within `apiOrigins`. No default. */
  apiUrl?: Paths | undefined
  /** @default 's' for lifetimes; instants are told by their size */
  expiresInUnit?: 's' | 'ms' | undefined
  /** Whether a lifetime of 0 means that the token never expires. @default false */
  zeroMeansNever?: boolean | undefined
  /** Where neither the reply nor a JWT says; `'never'` (and `Infinity`, which JSON has not) means never. @default 3_600_000 */
  defaultLifetimeMs?: number | 'never' | undefined
  /** Which one is right where the reply and the JWT's `exp` disagree. @default 'response' */
  lifetimeFrom?: 'response' | 'jwt' | undefined
  /** @default ' ' (any white space) */
  scopeSeparator?: string | undefined
  /** Paths kept for the caller in `token.extra`, each under its path. */
  extra?: readonly string[] | undefined
  /** Asked for any status and any body. Must not throw. `false` for a 2xx is a refusal. @default a 2xx without an `error` */
  isSuccess?: ((status: number, body: unknown) => boolean) | undefined
  /**
   * Maps the server's words to the RFC's codes, for any status and any body: rules, of which the first one that matches counts,
   * or a function, which must not throw. Its result decides.
   */
  error?: readonly ErrorRule[] | ErrorFunction | undefined
}

/** Which replies are refusals, and which code stands for them. */
export interface ErrorRule extends Omit<ReplyMatch, 'notApplied'> {
  /** The code: an RFC's (`invalid_grant`, `temporarily_unavailable` …) where one fits. */
  error: string
  /** Where the reply says it in words. */
  description?: Paths | undefined
}

/** Reads the body of a token reply: gives the code of a refusal, or `undefined` where it is none. It must not throw. */
export type ErrorFunction = (status: number, body: unknown) => { error: string; errorDescription?: string | undefined } | undefined
