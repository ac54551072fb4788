import { setTimeout as sleep } from 'node:timers/promises'

/** A token endpoint that rotates: a refresh token that comes twice is counted, and refused. */
export class RotatingStub {
  tokenRequests = 0
  refused = 0
  readonly #latencyMs: number
  #issued = 0
  #current: string | undefined

  constructor(latencyMs = 0) {
    this.#latencyMs = latencyMs
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    this.tokenRequests++
    const parameters = new URLSearchParams(await new Request(input as RequestInfo, init).text())
    const presented = parameters.get('refresh_token')
    if (presented !== null && presented !== this.#current) {
      this.refused++
      return Response.json({ error: 'invalid_grant' }, { status: 400 })
    }
    const number = ++this.#issued
    this.#current = `refresh-${number}`
    if (this.#latencyMs > 0) await sleep(this.#latencyMs)
    return Response.json({ access_token: `access-${number}`, refresh_token: `refresh-${number}`, token_type: 'Bearer', expires_in: 3600 })
  }
}
