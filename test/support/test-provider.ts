import { defineProvider } from '../../src/providers/define-provider.ts'
import type { Provider } from '../../src/vocabulary/provider.ts'

export const apiUrl = 'https://api.example.com/v1'
export const tokenUrl = 'https://auth.example.com/token'

/** A plain OAuth 2 provider. */
export function testProvider(profile: Partial<Provider> = {}): Provider {
  return defineProvider({ name: 'test', apiUrl, tokenUrl, ...profile })
}
