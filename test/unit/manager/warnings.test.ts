import { expect, it } from 'vitest'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { testProvider } from '../../support/test-provider.ts'
import { createTokenEndpoint, granted } from '../../support/token-endpoint.ts'

it('a lifetime that cannot be understood fires one warning of the manager', async () => {
  const now = Date.UTC(2026, 2, 1)
  const { fetch } = createTokenEndpoint(granted({ expires_in: 'PT10M' }), granted({ expires_in: 'PT10M' }))
  const grant = clientCredentials({ clientId: 'id', clientSecret: 's3cret' })
  using tokens = new TokenManager({ provider: testProvider(), grant, fetch, now: () => now })
  const heard: unknown[] = []
  tokens.on('warning', (event) => heard.push(event))
  expect((await tokens.getToken()).expiresAt).toBe(now + 3_600_000)
  await tokens.getToken({ forceRenewal: true })
  expect(heard).toEqual([{ at: now, code: 'lifetime_not_understood' }])
})
