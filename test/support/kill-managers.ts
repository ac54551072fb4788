import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { createSeededRandom } from '../../src/testing/seeded-random.ts'
import { type DeathPhase, deathPhases } from './death.ts'
import { Child } from './process-child.ts'
import { type Presentation, startRotatingServer } from './redis-token-server.ts'
import type { RenewingReply, RenewingSetup } from './renewing-process.ts'

export interface KillManagersOptions {
  store: RenewingSetup['store']
  grant: 'password' | 'refresh_token'
  processes: number
  expiries: number
  /** One is killed in every so many expiries. */
  killEvery: number
  /** Ends it early when so many were killed. @default never */
  maxKills?: number
  seed: number
}

export interface KillManagersFigures {
  expiries: number
  kills: number
  /** How often each moment was hit. */
  phases: Partial<Record<KillMoment, number>>
  /** Rotations whose asker was killed, and whose token nobody has ever shown. */
  unknown: number
  refused: number
  /** Sign-ins with the password for no other reason than that the store did not answer: what uses up nothing goes on without it. */
  alone: number
  /** Times that a person would have had to sign in again. */
  signInsRequired: number
  longestWaitMs: number
}

// From outside, without a regard to what it does just now.
const anyMoment = 'any moment'
type KillMoment = DeathPhase | typeof anyMoment
const moments: readonly KillMoment[] = [...deathPhases, anyMoment, anyMoment]
// A moment is missed where another one renews, or where it has passed: then it is aimed at again, so often.
const triesEach = 3

const lifetimeMs = 3_600_000
// What a renewal with a refresh token waits for the lock, and what is put on top by an answer and a busy machine.
const boundMs = 5_000 + 2_000

type Manager = Child<RenewingReply> & { readonly name: string; orders: number }

/**
 * Processes over one store and one rotating refresh token, whose token expires again and again for all of them at once, while
 * they are killed in mid-renewal. A refresh may be refused only where the server had answered one that was killed before it
 * had stored the answer. Then who is left gets a token in one step, or is told to sign in; no call is made in a loop.
 */
export async function killManagers(options: KillManagersOptions): Promise<KillManagersFigures> {
  const { store, grant, processes, expiries, killEvery, maxKills = Number.POSITIVE_INFINITY, seed } = options
  const random = createSeededRandom(seed)
  const server = await startRotatingServer({ lifetimeS: lifetimeMs / 1_000 })
  const figures: KillManagersFigures = {
    expiries: 0,
    kills: 0,
    phases: {},
    unknown: 0,
    refused: 0,
    alone: 0,
    signInsRequired: 0,
    longestWaitMs: 0,
  }
  const killed = new Set<string>()
  const shown = new Set<string>()
  const unexcused: object[] = []
  const lostFamilies = new Set<string>()
  const refusedTokens = new Set<string>()
  let refreshToken = grant === 'refresh_token' ? server.signIn() : undefined
  let started = 0
  const start = (): Manager => {
    const name = `manager-${++started}`
    const setup: RenewingSetup = { store, tokenUrl: server.tokenUrl, refreshToken, name, seed: seed + started }
    return Object.assign(new Child<RenewingReply>('renewing-process.ts', setup), { name, orders: 0 })
  }
  let managers = Array.from({ length: processes }, start)

  /** The others take its work over while a new one starts: two are enough to go on. */
  const readyOnes = async (): Promise<Manager[]> => {
    for (;;) {
      const ready = managers.filter(({ received }) => received.length > 0)
      if (ready.length >= 2) return ready
      await Promise.race(managers.filter(({ received }) => received.length === 0).map((manager) => manager.reply(1)))
    }
  }

  /** What it replies, or `'killed'`. */
  const order = async (manager: Manager, now: number, dieAt?: DeathPhase): Promise<RenewingReply | 'killed'> => {
    const startedAt = performance.now()
    manager.send({ now, ...(dieAt && { dieAt }) })
    const reply = await manager.reply(++manager.orders + 1).catch((error: unknown) => {
      if (manager.process.signalCode !== 'SIGKILL') throw error
      return 'killed' as const
    })
    if (reply === 'killed') return reply
    figures.longestWaitMs = Math.max(figures.longestWaitMs, Math.round(performance.now() - startedAt))
    if (typeof reply === 'object' && 'accessToken' in reply) shown.add(reply.accessToken)
    return reply
  }

  const expire = async (now: number, moment: KillMoment | undefined): Promise<void> => {
    const before = { ...server.counts }
    const ready = await readyOnes()
    const victim = moment && (ready[Math.floor(random.next() * ready.length)] as Manager)
    const replies: Promise<RenewingReply | 'killed'>[] = []
    if (victim) {
      replies.push(order(victim, now, moment === anyMoment ? undefined : moment))
      // Mostly it is the one that renews.
      await sleep(random.next() * 10)
      if (moment === anyMoment) setTimeout(() => victim.process.kill('SIGKILL'), random.next() * 60)
    }
    for (const manager of ready) if (manager !== victim) replies.push(order(manager, now))
    const given = await Promise.all(replies)
    if (victim && moment === anyMoment) await victim.kill()
    const isKilled = victim !== undefined && victim.process.signalCode === 'SIGKILL'
    if (isKilled) {
      figures.kills++
      figures.phases[moment as KillMoment] = (figures.phases[moment as KillMoment] ?? 0) + 1
      killed.add(victim.name)
      managers = managers.map((manager) => (manager === victim ? start() : manager))
    }
    const [signIns, refused] = [server.counts.signIns - before.signIns, server.counts.refused - before.refused]
    const refreshes = server.counts.issued - before.issued - signIns
    const errors = given.flatMap((reply) => (typeof reply === 'object' && 'code' in reply ? [reply.code] : []))
    const requests = JSON.stringify({ moment, isKilled, refreshes, signIns, refused })
    // Where one presents what was rotated for another, the others learn of the refusal.
    expect(refused, requests).toBeLessThanOrEqual(isKilled ? 1 : 0)
    if (errors.includes('sign_in_required')) return signInAgain(now, ready, { refreshes, errors })
    expect(errors, requests).toEqual([])
    // That of the one that was killed, and that of the next one.
    expect(refreshes, requests).toBeLessThanOrEqual(isKilled ? 2 : 1)
    // The first token of all is got with the password, and what follows a refusal.
    const needed = refused + (before.issued === 0 ? 1 : 0)
    if (grant === 'password' && !isKilled) figures.alone += Math.max(0, signIns - needed)
    expect(signIns, requests).toBeLessThanOrEqual(ready.length)
  }

  /** Nobody has asked in a loop, and nobody asks again; then a person signs in. */
  const signInAgain = async (
    now: number,
    ready: readonly Manager[],
    { refreshes, errors }: { refreshes: number; errors: string[] },
  ): Promise<void> => {
    expect(refreshToken).toBeDefined()
    expect(refreshes).toBeLessThanOrEqual(1)
    expect(new Set(errors)).toEqual(new Set(['sign_in_required']))
    const { refused: refusedBefore } = server.counts
    const survivors = ready.filter(({ process }) => process.signalCode === null)
    const again = await Promise.all(survivors.map((manager) => order(manager, now)))
    expect(again).toEqual(survivors.map(() => ({ code: 'sign_in_required' })))
    expect(server.counts.refused).toBe(refusedBefore)
    figures.signInsRequired++
    for (const manager of managers) await manager.kill()
    refreshToken = server.signIn()
    managers = Array.from({ length: processes }, start)
  }

  /** Whether it could not be known that this refresh token would be refused. That it was refused once is known. */
  const isExcused = ({ refreshToken, by, family }: Presentation): boolean => {
    const isFirst = !refusedTokens.has(refreshToken)
    refusedTokens.add(refreshToken)
    const rotation = server.rotations.get(refreshToken)
    const isUnknown = rotation !== undefined && killed.has(rotation.by) && !shown.has(String(rotation.accessToken))
    // What one that was killed had sent may also be carried out after the refresh of the next one.
    const isLate = killed.has(by)
    if (isUnknown || isLate) lostFamilies.add(family)
    // With the family a successor is lost that was never used.
    const isRevoked = rotation === undefined && lostFamilies.has(family)
    return isFirst && (isUnknown || isLate || isRevoked)
  }

  let now = Date.now()
  let checked = 0
  let aimed = { index: 0, kills: 0, tries: 0 }
  const nextMoment = (): KillMoment | undefined => {
    if (figures.kills > aimed.kills || aimed.tries === triesEach) aimed = { index: aimed.index + 1, kills: figures.kills, tries: 0 }
    aimed.tries++
    return moments[aimed.index % moments.length]
  }
  try {
    for (let expiry = 0; expiry < expiries && figures.kills < maxKills; expiry++) {
      figures.expiries++
      const isKilling = expiry % killEvery === killEvery - 1
      await expire(now, isKilling ? nextMoment() : undefined)
      now += lifetimeMs
      for (const refusal of server.refusals.slice(checked)) if (!isExcused(refusal)) unexcused.push({ expiry, refusal })
      checked = server.refusals.length
      expect(unexcused).toEqual([])
    }
  } finally {
    await Promise.all(managers.map((manager) => manager.kill()))
    server.close()
  }
  figures.unknown = [...server.rotations.values()].filter(({ by, accessToken }) => killed.has(by) && !shown.has(String(accessToken))).length
  figures.refused = server.counts.refused
  expect(figures.longestWaitMs).toBeLessThanOrEqual(boundMs)
  return figures
}
