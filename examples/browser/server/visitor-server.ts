import type { PageConfig } from '../shared/messages.ts'
import type { Victim } from './disturb.ts'

/** The authorization server of the public client in the page. */
export interface VisitorServer extends Victim {
  readonly client: PageConfig['visitor']
  close(): Promise<void>
}

export async function startVisitorServer({ origin }: { origin: string; lifetimeMs: number }): Promise<VisitorServer> {
  const issuer = 'http://127.0.0.1:9'
  return {
    client: {
      clientId: 'x',
      scope: 'openid profile',
      redirectUri: `${origin}/`,
      issuer,
      authorizationUrl: `${issuer}/auth`,
      tokenUrl: `${issuer}/token`,
      profileUrl: `${issuer}/me`,
    },
    revoke() {},
    cutOff: () => () => {},
    close: async () => {},
  }
}
