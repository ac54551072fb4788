import { defineProvider, isTokenwellError, type Provider, password, TokenManager } from 'tokenwell'
import { cameraAccount } from './camera-api.ts'

/** A profile that can be used, or why it cannot. */
export type ReadProfile =
  | { readonly provider: Provider }
  /** `field` is not there where the text is no JSON. */
  | { readonly provider?: never; readonly field?: string; readonly message: string }

/** Reads what somebody has written: JSON, then a profile, then one that goes with a name and a password. */
export function readProfile(text: string): ReadProfile {
  let written: Provider
  try {
    written = JSON.parse(text)
  } catch (error) {
    return { message: `This is no JSON: ${(error as Error).message}` }
  }
  try {
    const provider = defineProvider(written)
    // What a template names, the manager checks: it knows the grant.
    new TokenManager({ provider, grant: password(cameraAccount) }).dispose()
    return { provider }
  } catch (error) {
    if (!isTokenwellError(error)) throw error
    return { message: error.message, ...(error.option !== undefined && { field: error.option }) }
  }
}
