import { aString, type Check, check, describeUnknown, listOf, objectOf, readFields, recordOf, trueOrFalse } from '../base/check.ts'
import { authorizationCode } from '../grants/authorization-code.ts'
import { clientCredentials } from '../grants/client-credentials.ts'
import { customGrant } from '../grants/custom-grant.ts'
import { deviceCredentials } from '../grants/device-credentials.ts'
import { jwtBearer } from '../grants/jwt-bearer.ts'
import { password } from '../grants/password.ts'
import { refreshToken } from '../grants/refresh-token.ts'
import { tokenExchange } from '../grants/token-exchange.ts'
import { cam2 } from '../providers/cam2.ts'
import { camdram } from '../providers/camdram.ts'
import { defineProvider } from '../providers/define-provider.ts'
import { dive } from '../providers/dive.ts'
import { musement } from '../providers/musement.ts'
import { oauth2 } from '../providers/oauth2.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { aScope } from '../vocabulary/scope.ts'
import { refuseClearSecrets } from './clear-secrets.ts'
import type { GrantData, GrantOptions, PresetOptions, ProfileBase, SignInData } from './profile-data.ts'
import { isObject, type ProfileFile } from './profile-file.ts'
import { isReference, type Secrets } from './secret-reference.ts'
import { readSubject } from './subject.ts'

export interface Preset {
  readonly provider: Provider
  readonly grant: Grant
}

/** A profile that has been checked. Its secrets are functions, which fetch them when they are needed. */
export interface CheckedProfile extends ProfileBase {
  /** The provider, and the grant of the profile. With another grant (of a sign-in), that one, completed in the same way. */
  build(grant?: Grant): Preset
}

const nonEmpty: Check = (option, value) => check(option, typeof value === 'string' && value !== '', 'must be a non-empty string')

const signInChecks = (): { readonly [K in keyof Required<SignInData>]: Check } => ({
  scope: aScope,
  parameters: recordOf(aString),
  redirectUri: nonEmpty,
})

/** What stands in a profile. The sections that presets, grants and providers check are checked by them. */
interface Sections extends ProfileBase {
  preset?: keyof PresetOptions
  options?: object
  provider?: object
  grant?: object
}

type Make = (options: never) => Preset
type MakeGrant = (options: never) => Grant

const presets: { readonly [K in keyof PresetOptions]: Make } = { cam2, camdram, dive, musement, oauth2 }
const grants: { readonly [K in keyof GrantOptions]: MakeGrant } = {
  ...{ clientCredentials, password, refreshToken, authorizationCode, deviceCredentials, jwtBearer, tokenExchange, customGrant },
}

// Of what presets and grants take, these are secret.
const secretNames = ['clientSecret', 'clientKey', 'password', 'passwordMd5', 'refreshToken', 'key', 'subjectToken', 'actorToken']
/**
 * Checks a profile, and makes its secrets functions. A client's id may stand by reference too; it is fetched at once, since the
 * store's key has it.
 * @throws UsageError naming the line and the field
 */
export async function readProfile(file: ProfileFile, name: string, secrets: Secrets): Promise<CheckedProfile> {
  const path = `profiles.${name}`
  const data = file.within(path, () => checkSections(file.find(name)))
  refuseClearSecrets(file, path, data)
  const options = await refer(data.options ?? {}, `${path}.options`, { file, secrets })
  const given = data.grant && (await refer(data.grant, `${path}.grant`, { file, secrets }))
  const own = given && file.within(`${path}.grant`, () => makeGrant(given as GrantData))
  const provider = data.provider && file.within(`${path}.provider`, () => defineProvider(data.provider as Provider))
  const build = (grant = own): Preset => {
    if (provider) {
      if (!grant) throw file.error(path, 'has no grant: say what you hold, such as { "type": "password", … }')
      return { provider, grant }
    }
    const preset = presets[data.preset as keyof PresetOptions] as (options: object) => Preset
    return file.within(`${path}.options`, () => preset({ ...options, ...(grant && { grant }) }))
  }
  const preset = build()
  const { signIn, origins, allowInsecureRequests } = data
  const at = (message: string) => file.error(`${path}.subject`, message)
  const subject = (await readSubject(data.subject, { ...preset, secrets, at })) ?? name
  const checked = { ...(signIn && { signIn }), subject, ...(origins && { origins }), ...(allowInsecureRequests && { allowInsecureRequests }) } // biome-ignore format: one line
  return { ...checked, build }
}

function checkSections(value: unknown): Sections {
  const own = readFields<Sections>('profile', value as Sections, {
    preset: (option, preset) =>
      check(option, Object.hasOwn(presets, String(preset)), describeUnknown(String(preset), Object.keys(presets))),
    options: aSection,
    provider: aSection,
    grant: aSection,
    signIn: objectOf<SignInData>(signInChecks()),
    subject: nonEmpty,
    origins: listOf(aString),
    allowInsecureRequests: trueOrFalse,
  })
  const { preset, options, provider } = own
  check('preset', preset !== undefined || provider !== undefined, `is missing: one of ${Object.keys(presets).join(', ')}, or a provider`)
  check('provider', preset === undefined || provider === undefined, 'goes without preset')
  check('options', provider === undefined || options === undefined, 'goes with a preset only')
  if (options) check('options.grant', !('grant' in options), 'stands beside options, and not in them')
  return own
}

const aSection: Check = (option, value) => check(option, isObject(value), 'must be an object')

function makeGrant({ type, ...options }: GrantData): Grant {
  const types = Object.keys(grants)
  check('type', type !== undefined, `is missing: one of ${types.join(', ')}`)
  check('type', Object.hasOwn(grants, String(type)), describeUnknown(String(type), types))
  for (const own of ['exchange', 'usesUp']) check(own, !(own in options), 'takes a function, which no file can hold')
  if (type === 'authorizationCode') {
    for (const own of ['code', 'codeVerifier', 'redirectUri']) check(own, !(own in options), 'comes of the sign-in: tokenwell login')
  }
  return (grants[type] as (options: object) => Grant)(options)
}

interface Referred {
  readonly file: ProfileFile
  readonly secrets: Secrets
}

/** A copy of options in which each secret is a function. */
async function refer(options: object, path: string, { file, secrets }: Referred): Promise<Record<string, unknown>> {
  const copy: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    const place = `${path}.${name}`
    const at = (message: string) => file.error(place, message)
    const isCustom = name === 'parameters' && (options as { type?: unknown }).type === 'customGrant' && isObject(value)
    if (secretNames.includes(name)) copy[name] = secrets.refer(name, value, at)
    else if (name === 'clientId' && isReference(value)) copy[name] = await secrets.fetchNow(name, value, at)
    // All that an extension grant is given counts as secret.
    else if (isCustom) copy[name] = referAll(value, place, { file, secrets })
    else copy[name] = value
  }
  return copy
}

function referAll(values: Record<string, unknown>, path: string, { file, secrets }: Referred): Record<string, unknown> {
  const entries = Object.entries(values)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, secrets.refer(name, value, (message) => file.error(`${path}.${name}`, message))]),
  )
}
