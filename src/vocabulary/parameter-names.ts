import type { TokenRequestProfile } from './provider.ts'

/** What an API calls a standard parameter; `false` where it does not want it. */
export function wireName({ parameterNames, scopeParameter }: TokenRequestProfile, name: string): string | false {
  const renamed = parameterNames && Object.hasOwn(parameterNames, name) ? parameterNames[name] : undefined
  return renamed ?? (name === 'scope' && scopeParameter ? scopeParameter : name)
}
