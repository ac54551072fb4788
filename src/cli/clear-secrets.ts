import { isObject, type ProfileFile } from './profile-file.ts'

// The ends of names that are secret wherever they stand: in a template, a header, a list of parameters.
const secretWords =
  /(secret|token|passw(or)?d|passphrase|^authorization|[_-]authorization|(^|[_-])(pass|pwd)|(access|api|app|auth|client|license|master|private|secret|signing|subscription)[_-]?key)$/i

/**
 * Refuses the secrets of a profile that stand in the open: sections that take no references, and are no place for them.
 * @throws UsageError naming the line and the field
 */
export function refuseClearSecrets(file: ProfileFile, path: string, data: object): void {
  const { provider, options, signIn } = data as Readonly<Record<string, { parameters?: unknown } | undefined>>
  const hint = 'name it by a reference in the grant, and by {client_secret} or {password} here'
  refuse(provider, `${path}.provider`, { file, hint })
  refuse(options?.parameters, `${path}.options.parameters`, { file, hint })
  refuse(signIn?.parameters, `${path}.signIn.parameters`, { file, hint: 'the address that a browser opens is no place for one' })
}

/** Placeholders are none, and what stands below these is a name of a field. */
const namesOfNames = ['parameterNames', 'tokenResponse']

function refuse(value: unknown, path: string, { file, hint }: { file: ProfileFile; hint: string }): void {
  for (const [name, inner] of Object.entries(isObject(value) || Array.isArray(value) ? value : {})) {
    const place = Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`
    if (namesOfNames.includes(name)) continue
    const isNamed = secretWords.test(name) || (/^cookie$/i.test(name) && path.endsWith('.headers'))
    if (isNamed && typeof inner === 'string' && !inner.includes('{')) throw file.error(place, `looks like a secret in clear: ${hint}`)
    refuse(inner, place, { file, hint })
  }
}
