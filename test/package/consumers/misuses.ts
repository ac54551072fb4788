// What must not compile: each line under an expectation is an error, and an expectation without one is an error too.
import {
  authorizationCode,
  cam2,
  camdram,
  clientCredentials,
  customGrant,
  defineProvider,
  deviceCredentials,
  discover,
  dive,
  isTokenwellError,
  musement,
  oauth2,
  type Provider,
  password,
  privateKeyJwt,
  refreshToken,
  type Token,
  TokenManager,
  tokenExchange,
} from 'tokenwell'

// @ts-expect-error without its secret
cam2({ clientId: 'id' })
// @ts-expect-error an unknown option
musement({ clientId: 'id', clientSecret: 'secret', colour: 'red' })
// @ts-expect-error no such method
musement({ clientId: 'id', clientSecret: 'secret', method: 'PUT' })
// @ts-expect-error a device is named by a text
dive({ clientKey: 'key', deviceId: 42 })
// @ts-expect-error neither a device nor a user
deviceCredentials({ clientKey: 'key' })
// @ts-expect-error a secret is a string or a function
clientCredentials({ clientId: 'id', clientSecret: 42 })
// @ts-expect-error where to ask for tokens
oauth2({ apiUrl: 'https://a.example', clientId: 'id' })
// @ts-expect-error how, but not with what
new TokenManager({ provider: cam2({ clientId: 'id', clientSecret: 'secret' }).provider })

// @ts-expect-error the preset is no provider
new TokenManager({ provider: camdram({ clientId: 'id', clientSecret: 'secret' }), grant: refreshToken({ refreshToken: 'r' }) })
// @ts-expect-error the provider is no preset
new TokenManager(cam2({ clientId: 'id', clientSecret: 'secret' }).provider)

declare const fromEnvironment: string | undefined
// @ts-expect-error a credential that may be missing
clientCredentials({ clientId: 'id', clientSecret: fromEnvironment })
// @ts-expect-error a credential that may be missing
cam2({ clientId: fromEnvironment, clientSecret: 'secret' })
// @ts-expect-error a credential that may be missing
oauth2({ tokenUrl: 'https://a.example/token', apiUrl: 'https://a.example', clientId: 'id', clientSecret: fromEnvironment })
// @ts-expect-error a credential that may be missing
dive({ clientKey: fromEnvironment, deviceId: 'device' })
// @ts-expect-error a credential that may be missing
password({ username: 'me', password: fromEnvironment })
// @ts-expect-error a credential that may be missing
refreshToken({ refreshToken: fromEnvironment })
// @ts-expect-error a credential that may be missing
authorizationCode({ clientId: 'id', code: fromEnvironment })

// @ts-expect-error an unknown option
oauth2({ tokenUrl: 'https://a.example/token', apiUrl: 'https://a.example', clientId: 'id', audience: 'https://a.example' })
// @ts-expect-error an unknown option
clientCredentials({ clientId: 'id', clientSecret: 'secret', scopes: 'a' })
// @ts-expect-error an unknown option
camdram({ clientId: 'id', clientSecret: 'secret', encoding: 'json' })
// @ts-expect-error no such way to prove a client
oauth2({ tokenUrl: 'https://a.example/token', apiUrl: 'https://a.example', clientId: 'id', clientAuthentication: 'mtls' })
// @ts-expect-error no such encoding
cam2({ clientId: 'id', clientSecret: 'secret', encoding: 'xml' })
// @ts-expect-error a parameter is a string, or a function that returns one
customGrant({ grantType: 'urn:example', parameters: { account_id: 1 } })
// @ts-expect-error no such algorithm
privateKeyJwt({ key: 'pem', algorithm: 'HS256' })
// @ts-expect-error no such type of token
tokenExchange({ subjectToken: 'a', subjectTokenType: 'accessToken' })
// @ts-expect-error a discovered server names its own endpoints
discover({ issuer: 'https://a.example', apiUrl: 'https://a.example', clientId: 'id', tokenUrl: 'https://a.example/token' })
// @ts-expect-error its words
defineProvider({ name: 'mine', apiUrl: 'https://a.example', tokenUrl: 'https://a.example/token', tokenResponse: { expires_in: 'x' } })
// @ts-expect-error where to ask for tokens
const halfProvider: Provider = { name: 'mine', apiUrl: 'https://a.example' }
halfProvider.name.toUpperCase()

const tokens = new TokenManager(cam2({ clientId: 'id', clientSecret: 'secret' }))
// @ts-expect-error it is fetch, not a getter of URLs by number
tokens.fetch(42)
// @ts-expect-error no such event
tokens.on('refreshed', () => {})
// @ts-expect-error read-only
tokens.fetch = fetch

declare const token: Token
// @ts-expect-error read-only
token.accessToken = 'another'
// @ts-expect-error may be unknown
token.expiresAt.toFixed()

declare const thrown: unknown
// @ts-expect-error not before it is known what it is
thrown.code
if (isTokenwellError(thrown)) thrown.code.toUpperCase()
