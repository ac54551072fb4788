import type { AuthorizationCodeOptions } from '../grants/authorization-code.ts'
import type { ClientCredentialsOptions } from '../grants/client-credentials.ts'
import type { CustomGrantOptions } from '../grants/custom-grant.ts'
import type { DeviceCredentialsOptions } from '../grants/device-credentials.ts'
import type { JwtBearerOptions } from '../grants/jwt-bearer.ts'
import type { PasswordOptions } from '../grants/password.ts'
import type { RefreshTokenOptions } from '../grants/refresh-token.ts'
import type { TokenExchangeOptions } from '../grants/token-exchange.ts'
import type { Cam2Options } from '../providers/cam2.ts'
import type { CamdramOptions } from '../providers/camdram.ts'
import type { DiveOptions } from '../providers/dive.ts'
import type { MusementOptions } from '../providers/musement.ts'
import type { OAuth2Options } from '../providers/oauth2.ts'
import type { Provider } from '../vocabulary/provider.ts'
import type { Scope } from '../vocabulary/scope.ts'

/** The file of profiles. Its schema, `schema/profiles.json`, is made from these types: `npm run docs:schema`. */
export interface ProfilesFile {
  /** Where an editor finds the schema. */
  $schema?: string | undefined
  /** By name: letters, digits, `.`, `_` and `-`. */
  profiles: Readonly<Record<string, ProfileData>>
}

/** How the command gets the token of one identity, for one API. A preset with its options, or a whole provider with a grant. */
export type ProfileData = ProfileBase & (PresetData | ProviderData)

export interface ProfileBase {
  /** For `tokenwell login`. */
  signIn?: SignInData | undefined
  /**
   * Whose token this is, in the store: a name, or a reference to one, such as `env:USER`. Programs that share the token give their
   * manager the same. Where nothing but a secret tells whose token it is, it must be there.
   * @default the profile's name
   */
  subject?: string | undefined
  /** Origins that may receive the token, beside that of the API. */
  origins?: readonly string[] | undefined
  /** Allows `http:` to hosts other than loopback, where anybody on the way can read tokens and secrets. @default false */
  allowInsecureRequests?: boolean | undefined
}

export interface SignInData {
  scope?: Scope | undefined
  /** More parameters for the authorization endpoint, such as `prompt` or `audience`. */
  parameters?: Readonly<Record<string, string>> | undefined
  /**
   * Where the browser comes back to, on this machine. Port 0 is a free one. Servers that compare it to the letter need the one that
   * was registered.
   * @default 'http://127.0.0.1:0/callback'
   */
  redirectUri?: string | undefined
}

/** The options of each preset. */
export interface PresetOptions {
  cam2: Cam2Options
  camdram: CamdramOptions
  dive: DiveOptions
  musement: MusementOptions
  oauth2: OAuth2Options
}

export type PresetData = {
  [Name in keyof PresetOptions]: {
    preset: Name
    options: Omit<PresetOptions[Name], 'grant'>
    /** @default what the preset takes without one */
    grant?: GrantData | undefined
  }
}[keyof PresetOptions]

export interface ProviderData {
  /** Any API, as data: see docs/writing-a-provider.md. */
  provider: Provider
  grant: GrantData
}

/** The options of each grant. A sign-in is the command's own work: it has no code here. */
export interface GrantOptions {
  clientCredentials: ClientCredentialsOptions
  password: PasswordOptions
  refreshToken: RefreshTokenOptions
  authorizationCode: Pick<AuthorizationCodeOptions, 'clientId' | 'clientSecret'>
  deviceCredentials: DeviceCredentialsOptions
  jwtBearer: JwtBearerOptions
  tokenExchange: TokenExchangeOptions
  customGrant: Omit<CustomGrantOptions, 'exchange' | 'usesUp'>
}

export type GrantData = { [Type in keyof GrantOptions]: { type: Type } & GrantOptions[Type] }[keyof GrantOptions]
