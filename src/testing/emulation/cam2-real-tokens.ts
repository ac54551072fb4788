import { createSeededRandom } from '../seeded-random.ts'
import { fieldErrors, nonFieldError, outOfOrder, readData } from './cam2-replies.ts'
import type { EmulatedSystem } from './emulated-system.ts'
import { createFakeJwt, toNumericDate } from './fake-jwt.ts'
import type { IssuedToken } from './token-ledger.ts'

export interface Cam2Credentials {
  /** An application of the level Basic: it may read. */
  cam2: { clientId: string; clientSecret: string }
  /** Of the level Admin: it may change cameras too. Only the flavour `real` has it. */
  cam2Admin: { clientId: string; clientSecret: string }
}

export type Cam2 = EmulatedSystem<Cam2Credentials>

interface Application {
  readonly clientId: string
  readonly clientSecret: string
  readonly level: 'Basic' | 'Admin'
}

/** The application of that id as it is now. */
export function findApplication({ credentials: { cam2, cam2Admin } }: Cam2, clientId: string | undefined): Application | undefined {
  const applications: Application[] = [
    { ...cam2, level: 'Basic' },
    { ...cam2Admin, level: 'Admin' },
  ]
  return applications.find((application) => application.clientId === clientId)
}

/** Answers at `/token/`. */
export async function answerCredentials(system: Cam2, request: Request): Promise<Response> {
  const fields = await readTexts(system, request, ['client_id', 'client_secret'])
  if (fields instanceof Response) return fields
  const application = findApplication(system, fields['client_id'])
  // The spelling is the server's.
  if (!application) return nonFieldError('Client_id cannnot be found')
  if (application.clientSecret !== fields['client_secret']) return nonFieldError('client id and secret does not match.')
  const token = issueToken(system, application, { chainStartedAt: system.now(), family: system.random.uuid() })
  return Response.json({ 'expires in': 60, token: token.accessToken, 'token type': 'JWT' }, { status: 201 })
}

/** Answers at `/refresh_token/`. */
export async function answerRefresh(system: Cam2, request: Request): Promise<Response> {
  const fields = await readTexts(system, request, ['token'])
  if (fields instanceof Response) return fields
  const { state, token } = system.ledger.findAccessToken(fields['token'] ?? '')
  if (!token || state === 'revoked') return nonFieldError('Decode Error')
  const application = findApplication(system, token.clientId)
  // The server does not catch that the application was deleted.
  if (!application) return outOfOrder()
  // An expired token is renewed too, until some time (a day) after the first of its chain: the window never slides.
  if (system.now() >= token.chainStartedAt + system.times.refreshLifetimeMs) return nonFieldError('Refresh token has been expired')
  return Response.json({ token: issueToken(system, application, token).accessToken }, { status: 201 })
}

/** Fields that must be there, as Django's serializers check them. */
async function readTexts(system: Cam2, request: Request, names: readonly string[]): Promise<Record<string, string> | Response> {
  const data = await readData(system, request)
  if (data instanceof Response) return data
  const texts: Record<string, string> = {}
  const errors: Record<string, string> = {}
  for (const name of names) {
    const value = data[name]
    if (typeof value === 'string' || typeof value === 'number') texts[name] = String(value).trim()
    if (value === undefined) errors[name] = 'This field is required.'
    else if (value === null) errors[name] = 'This field may not be null.'
    else if (texts[name] === undefined) errors[name] = 'Not a valid string.'
    else if (texts[name] === '') errors[name] = 'This field may not be blank.'
  }
  return Object.keys(errors).length > 0 ? fieldErrors(errors) : texts
}

function issueToken(
  system: Cam2,
  application: Application,
  { chainStartedAt, family }: Pick<IssuedToken, 'chainStartedAt' | 'family'>,
): IssuedToken {
  const { clientId, clientSecret, level } = application
  const { lifetimeMs } = system.times
  const exp = toNumericDate(system.now() + lifetimeMs, lifetimeMs)
  const orig_iat = toNumericDate(chainStartedAt, lifetimeMs)
  const claims = { id: clientId, secret: clientSecret, exp, level, aud: 'CAM2Web', iss: 'localhost', orig_iat }
  const accessToken = createFakeJwt(claims, createSignature(system, JSON.stringify(claims)))
  return system.ledger.record({ accessToken, expiresAt: exp * 1000, clientId, grantType: 'client_credentials', chainStartedAt, family })
}

/** The same for the same claims and key. This server revokes tokens by changing its key: it cannot revoke one. */
function createSignature({ ledger }: Cam2, claims: string) {
  let sum = ledger.revocations
  for (const character of claims) sum = (Math.imul(sum, 31) + character.charCodeAt(0)) | 0
  return createSeededRandom(sum)
}
