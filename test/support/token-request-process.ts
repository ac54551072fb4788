// A process that presents a refresh token once, and tells what came of it.
import { createTokenSource } from '../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../src/grants/authorization-code.ts'
import { readSetup } from './process-child.ts'
import { tokenOf } from './token-of.ts'

export interface TokenRequestSetup {
  readonly tokenUrl: string
  readonly timeoutMs: number
}

export interface TokenRequestOutcome {
  readonly accessToken?: string
  readonly code?: string
}

const { tokenUrl, timeoutMs } = readSetup<TokenRequestSetup>()
const source = createTokenSource({
  provider: { name: 'test', apiUrl: 'https://api.example', tokenUrl },
  grant: authorizationCode({ clientId: 'id' }),
  timeoutMs,
  retry: { retries: 0 },
})
const held = { accessToken: 'a0', refreshToken: 'r0', tokenType: 'bearer', issuedAt: 0, expiresAt: 1 }
tokenOf(source.present(held)).then(
  ({ accessToken }) => process.send?.({ accessToken }),
  ({ code }) => process.send?.({ code }),
)
