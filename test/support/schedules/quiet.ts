import type { Call } from './facts.ts'
import { isHeldByPerson } from './plan.ts'
import { describe } from './trace.ts'
import type { World } from './world.ts'

// Longer than any failure is remembered, and than a lock that nobody gives back. A refusal that was noted by another
// clock counts for up to an hour.
const forgottenMs = 1_000_000
const noteMs = 3_600_000
// Longer than any token lives.
const roundMs = 150_000
const rounds = 3
const longestSettlingMs = 600_000

/** After the faults: what was remembered of them lapses, and each context gets what there is to be got. */
export async function checkWhenQuiet(world: World): Promise<void> {
  const { time, accounts, calls, contexts, facts, plan, shared } = world
  await settle(world)
  world.areFaultsOn = false
  accounts.areCredentialsRight = true
  await time.pass(plan.groups.has('clocks') ? noteMs : forgottenMs)
  let last: Call[] = []
  const callAll = async () => {
    const before = calls.size
    for (const context of contexts) context.fetch('GET')
    await settle(world)
    last = [...calls.values()].slice(before)
    await time.pass(roundMs)
  }
  for (let round = 0; round < rounds; round++) await callAll()
  // Noted before the clock was set back, a refusal counts for up to an hour before it ends.
  if (plan.groups.has('clocks') && last.some(isRemembered)) {
    await time.pass(noteMs)
    await callAll()
  }
  facts.tell('quiet', { calls: last, record: await shared.inner.get(shared.key) })
  for (const call of last) {
    const outcome = judge(world, call)
    if (outcome) facts.tell('violated', `${call.client.name} when all is quiet: ${outcome}`)
  }
}

const isRemembered = ({ outcome }: Call): boolean => outcome instanceof Error && 'retryAt' in outcome && outcome.retryAt !== undefined

async function settle({ time, calls, facts }: World): Promise<void> {
  const open = () => [...calls.values()].filter(({ settledAt }) => settledAt === undefined)
  for (let waitedMs = 0; waitedMs < longestSettlingMs && open().length > 0; waitedMs += 5000) await time.pass(5000)
  for (const { number, what, client } of open()) facts.tell('violated', `call ${number} (${what} of ${client.name}) does not settle`)
}

/** What is wrong with the outcome of a call that nothing disturbs. */
function judge({ plan }: World, { outcome }: Call): string | undefined {
  if (outcome instanceof Response && outcome.status === 200) return undefined
  const mustSignIn = outcome instanceof Error && outcome.name === 'SignInRequiredError'
  // Whether a session was lost that should not have been is another rule's to say.
  return mustSignIn && isHeldByPerson(plan.grant) ? undefined : describe(outcome)
}
