import { check, describeUnknown } from '../base/check.ts'
import { optionName } from './parameter-names.ts'
import type { TokenRequestProfile } from './provider.ts'
import { createLookup, fillBody, fillHeaders, listPlaceholders } from './template.ts'

// What templates may name whatever the grant is.
const standardNames = [
  'client_id',
  'client_secret',
  'username',
  'password',
  'refresh_token',
  'access_token',
  'device_id',
  'scope',
  'grant_type',
]

/**
 * Checks that a grant has what the templates of a token request need of it.
 * @throws ConfigurationError naming the credential, or the template that names something else
 */
function checkTemplates(option: string, request: TokenRequestProfile, has: Readonly<Record<string, unknown>>): void {
  const known = [...new Set([...standardNames, ...Object.keys(has)])]
  for (const name of listNames(request)) {
    if (!name.startsWith('extra.')) check(option, known.includes(name), `names {${name}}, which ${describeUnknown(name, known)}`)
    // Credentials that a log-in asks for are no detail that may be left out.
    const isCredential = /^(client_(id|secret)|username|password)$/.test(name)
    check(optionName(name), !isCredential || has[name] !== undefined, 'is missing: the provider asks for it, so give it to the grant')
  }
}

/** All names in the templates of a token request. */
function listNames({ headers, body }: TokenRequestProfile): string[] {
  return listPlaceholders([headers, body])
}

/** The headers and the body of a token request, where it has a template of one. */
function fillRequest({ headers, body }: TokenRequestProfile, values: Readonly<Record<string, unknown>>) {
  const lookup = createLookup(values)
  return { headers: fillHeaders(headers, lookup), body: body === undefined ? undefined : JSON.stringify(fillBody(body, lookup)) }
}

/** What profiles with templates of token requests bring along. */
export const templateAbility = { checkTemplates, listNames, fillRequest }
