import type { Emulator, SystemName } from '../../src/testing/emulation/start-emulator.ts'
import { pause } from './pause.ts'
import type { SystemRun } from './run-system.ts'

/** Something that happened to a system, for the log. */
export type Report = (run: SystemRun, what: string) => void

/**
 * What befalls an emulated system in mid-run: its token is revoked, and later its token endpoint is out of order, from
 * one renewal until the next one has met it. Ends early when `signal` aborts.
 */
export async function disturb(
  emulator: Emulator,
  name: SystemName,
  run: SystemRun,
  plan: { revokeAfterMs: number; lifetimeMs: number; signal: AbortSignal; report: Report },
) {
  const { tally } = run
  const { signal, report } = plan
  await pause(plan.revokeAfterMs, signal)
  // In the middle of a token's life: near a renewal, calls with the old one are sent again with one that is revoked too.
  const renewalsBefore = tally.renewals
  await until(() => tally.renewals > renewalsBefore, signal)
  await pause(plan.lifetimeMs / 3, signal)
  if (signal.aborted) return
  emulator.revoke(name)
  report(run, 'token revoked')
  if (await until(() => tally.recovered > 0, signal)) report(run, 'recovered with a new token')

  const renewals = tally.renewals
  await until(() => tally.renewals > renewals, signal)
  const end = emulator.fail({ system: name, status: 503 })
  tally.isInOutage = true
  report(run, 'token endpoint out of order')
  await until(() => tally.unansweredTokenRequests > 0, signal)
  end()
  tally.isInOutage = false
  report(run, 'token endpoint back')
  const renewalsInOutage = tally.renewals
  tally.isRenewedAfterOutage = await until(() => tally.renewals > renewalsInOutage, signal)
  if (tally.isRenewedAfterOutage) report(run, 'renewed after the outage')
}

const longestWaitMs = 8_000

/** Waits for something that takes a moment, and not for ever. Returns whether it came. */
async function until(condition: () => boolean, signal: AbortSignal): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < longestWaitMs && !condition() && !signal.aborted; waitedMs += 20) await pause(20, signal)
  return condition()
}
