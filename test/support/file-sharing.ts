import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { Child } from './process-child.ts'
import { type RotatingServer, startRotatingServer } from './process-rotating-server.ts'
import type { RenewingReply, RenewingSetup } from './renewing-process.ts'

export interface SharingOptions {
  directory: string
  processes: number
  expiries: number
  seed: number
}

/** In all processes the token expires at the same moment, time after time: once each, one of them asks for the next one. */
export async function expireTogether({ directory, processes, expiries, seed }: SharingOptions): Promise<void> {
  const lifetimeMs = 3_600_000
  await withProcesses({ directory, processes, seed, lifetimeMs }, async (server, children) => {
    let now = Date.now()
    // The first token is none that expired.
    for (let round = 0; round <= expiries; round++) {
      for (const child of children) child.send({ now })
      const replies = await Promise.all(children.map((child) => child.reply(round + 2)))
      expect(new Set(replies)).toEqual(new Set(replies.map(() => ({ accessToken: server.latest }))))
      expect({ round, requests: server.requests, refused: server.refused }).toEqual({ round, requests: round + 1, refused: 0 })
      now += lifetimeMs
    }
  })
}

/** In real time: all processes call all the time, and each notices for itself that the token ages. */
export async function callAllTheTime({ directory, processes, expiries, seed }: SharingOptions): Promise<void> {
  const lifetimeMs = 2_000
  await withProcesses({ directory, processes, seed, lifetimeMs }, async (server, children) => {
    for (const child of children) child.send({ callEveryMs: 25 })
    while (server.issuedAt.length <= expiries && server.refused === 0) await sleep(50)
    const replies = children.flatMap(({ received }) => received).filter((reply) => reply !== 'ready')
    // By the time when each was asked for, from which its life counts: on a busy machine it is a while until the server hears of it.
    const tokens = new Map(replies.flatMap((reply) => ('accessToken' in reply ? [[reply.accessToken, reply.issuedAt ?? 0]] : [])))
    const starts = [...tokens.values()].sort((a, b) => a - b)
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] as number))
    console.log(`${gaps.length} renewals, ${Math.min(...gaps)} to ${Math.max(...gaps)} ms apart`)
    expect(server.refused).toBe(0)
    // Nobody has seen the very last ones.
    expect(gaps.length).toBeGreaterThanOrEqual(expiries - 1)
    // Aging begins 30 % before the end at the earliest. A second request for one expiry would come before.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.7 * lifetimeMs)
    expect(replies.filter((reply) => !('accessToken' in reply))).toEqual([])
  })
}

async function withProcesses(
  { directory, processes, seed, lifetimeMs }: Omit<SharingOptions, 'expiries'> & { lifetimeMs: number },
  check: (server: RotatingServer, children: Child<RenewingReply>[]) => Promise<void>,
): Promise<void> {
  const server = await startRotatingServer({ seed, lifetimeMs })
  const setup: RenewingSetup = { store: { directory }, tokenUrl: server.tokenUrl, refreshToken: server.refreshToken }
  const children = Array.from({ length: processes }, () => new Child<RenewingReply>('renewing-process.ts', setup))
  try {
    await Promise.all(children.map((child) => child.reply(1)))
    await check(server, children)
  } finally {
    await Promise.all(children.map((child) => child.kill()))
    await server.close()
  }
}
