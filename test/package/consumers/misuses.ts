// What must not compile: each line under an expectation is an error, and an expectation without one is an error too.
import { cam2, clientCredentials, deviceCredentials, dive, isTokenwellError, musement, oauth2, type Token, TokenManager } from 'tokenwell'

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
