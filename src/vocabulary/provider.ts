/** A path into a token response: `'a.b.c'`, or `''` for the whole reply; of a list, the first one that is present. */
export type Paths = string | readonly string[]

export type Encoding = 'form' | 'json' | 'query'

/** What a client-authentication function gets. */
export interface ClientCredentials {
  readonly clientId?: string
  readonly clientSecret?: string
}

/** What a client-authentication function adds to the token request. Names are the wire's. */
export interface ClientAuthenticationResult {
  headers?: Record<string, string> | undefined
  parameters?: Record<string, string> | undefined
}

export type ClientAuthenticationMethod = 'basic' | 'basic-loose' | 'basic-raw' | 'body' | 'query' | 'none'

export type ClientAuthentication =
  | ClientAuthenticationMethod
  | readonly ClientAuthenticationMethod[]
  | ((client: ClientCredentials) => ClientAuthenticationResult | Promise<ClientAuthenticationResult>)

/** How an API wants to be asked for tokens, and shown them: data, for any number of managers. */
export interface Provider {
  /** Names the provider in messages, events and store keys. */
  name: string
  /** Base of `createClient`; its origin receives the token. */
  apiUrl: string
  /** The token endpoint (RFC 6749 §3.2). */
  tokenUrl: string
  /** The authorization endpoint (RFC 6749 §3.1), for `tokenwell/sign-in`. */
  authorizationUrl?: string | undefined
  /**
   * The `iss` to expect (RFC 9207), to the letter.
   * @default the origin of `authorizationUrl`, or a path above it
   */
  issuer?: string | undefined
  /** Sent with every token and API request, where the caller did not set them. */
  headers?: Readonly<Record<string, string>> | undefined
  tokenRequest?: TokenRequestProfile | undefined
  /** @default { by: 'refresh_token' } */
  renewal?: RenewalProfile | undefined
  tokenResponse?: TokenResponseProfile | undefined
  authorization?: AuthorizationProfile | undefined
  /** Whether a response rejects the token, beside 401. Asked for what is not 2xx; gets a clone that it may read, and has 5 s. */
  isRejection?: ((response: Response) => boolean | Promise<boolean>) | undefined
}

/** How a token travels with API requests. */
export interface AuthorizationProfile {
  /** With another one, tokenwell follows redirects itself: platforms would forward the token. @default 'Authorization' */
  header?: string | undefined
  /**
   * Stands before the token. `''` sends the bare token, and is the default of any header but `Authorization`.
   * @default 'Bearer'
   */
  scheme?: string | undefined
}

/** How a token request is built. */
export interface TokenRequestProfile {
  /** @default 'POST' */
  method?: 'POST' | 'GET' | undefined
  /**
   * Of a list, the next one is tried on 415, and the one that worked is remembered.
   * @default 'form', and 'query' for GET
   */
  encoding?: Encoding | readonly Encoding[] | undefined
  /** Wire names of parameters that go into the query whatever the encoding (Dive: `grant_type`). */
  queryParameters?: readonly string[] | undefined
  /**
   * `basic` encodes as RFC 6749 §2.3.1 says, `basic-loose` does not percent-encode, `basic-raw` sends the secret as it
   * is, `body` and `query` send parameters, `none` sends only `client_id`. Those of a list are combined.
   * @default 'basic', and 'none' without a secret
   */
  clientAuthentication?: ClientAuthentication | undefined
  /** Standard name → wire name; `false` leaves the parameter out. */
  parameterNames?: Readonly<Record<string, string | false>> | undefined
  /** Wire names and values that are always sent. */
  extraParameters?: Readonly<Record<string, string>> | undefined
  /** @default 'scope' */
  scopeParameter?: string | undefined
  /** @default ' ' */
  scopeSeparator?: string | undefined
  /** Changes the client secret before it is sent (a hash, say). Gets the request's parameters under their standard names. */
  transformSecret?: ((secret: string, parameters: Readonly<Record<string, string>>) => string | Promise<string>) | undefined
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
      /** Wire name of the parameter that carries the access token. */
      parameter: string
      /** How long a chain of renewals may go on, ms. */
      windowMs: number
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
  /** The reply's word for it; never used as the scheme. @default 'token_type', else the provider's scheme */
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
  /** @default 's' for lifetimes; instants are told by their size */
  expiresInUnit?: 's' | 'ms' | undefined
  /** Whether a lifetime of 0 means that the token never expires. @default false */
  zeroMeansNever?: boolean | undefined
  /** Where neither the reply nor a JWT says; `Infinity` means never. @default 3_600_000 */
  defaultLifetimeMs?: number | undefined
  /** Which one is right where the reply and the JWT's `exp` disagree. @default 'response' */
  lifetimeFrom?: 'response' | 'jwt' | undefined
  /** @default ' ' (any white space) */
  scopeSeparator?: string | undefined
  /** Paths kept for the caller in `token.extra`, each under its path. */
  extra?: readonly string[] | undefined
  /** Asked for any status and any body. Must not throw. `false` for a 2xx is a refusal. @default a 2xx without an `error` */
  isSuccess?: ((status: number, body: unknown) => boolean) | undefined
  /** Maps the server's words to the RFC's codes. Asked for any status and any body; must not throw. What it returns decides. */
  error?: ((status: number, body: unknown) => { error: string; errorDescription?: string | undefined } | undefined) | undefined
}
