import type { TokenRequestProfile } from './provider.ts'

/** What the option of a standard parameter is called: the wire's `code_verifier` is `codeVerifier`. */
export function optionName(parameter: string): string {
  return parameter.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** What an API calls a standard parameter; `false` where it does not want it. */
export function wireName({ parameterNames, scopeParameter }: TokenRequestProfile, name: string): string | false {
  const renamed = parameterNames && Object.hasOwn(parameterNames, name) ? parameterNames[name] : undefined
  return renamed ?? (name === 'scope' && scopeParameter ? scopeParameter : name)
}
