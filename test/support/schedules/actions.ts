import { type Context, createGrant } from './context.ts'
import { leaseMs } from './faulty-store.ts'
import type { World } from './world.ts'

const dayMs = 86_400_000

/** Does one thing that users, clocks or machines do, as the dice say. */
export function act(world: World): void {
  const { dice, contexts } = world
  if (world.isOn('sign-outs') && dice.chance(0.15)) endOrReplaceSignIn(world)
  else if (world.isOn('clocks') && dice.chance(0.2)) stepClock(world)
  else if (world.isOn('loops') && dice.chance(0.15)) blockLoop(world)
  else if (world.isOn('accounts') && dice.chance(0.15)) disturbAccounts(world)
  else {
    const calling = dice.chance(0.3) ? contexts : [dice.pick(contexts)]
    for (const context of calling) makeCall(world, context)
  }
}

function makeCall({ dice, time }: World, context: Context): void {
  const abortSoon = () => {
    const controller = new AbortController()
    time.setWorldTimer(() => context.loop.read(() => controller.abort()), dice.between(1, 3000))
    return controller.signal
  }
  const what = dice.next()
  if (what < 0.15) context.getToken({ forceRenewal: true })
  else if (what < 0.25) context.getToken({ signal: abortSoon() })
  else if (what < 0.5) context.getToken()
  else if (what < 0.75) context.fetch('GET')
  else if (what < 0.95) context.fetch('POST')
  else context.fetch('POST', abortSoon())
}

function endOrReplaceSignIn(world: World): void {
  if (world.plan.grant === 'authorization code' && world.dice.chance(0.35)) replaceSignIn(world)
  else signOut(world)
}

/** Somebody signs in with a code where another one is still signed in, and calls made for that one are under way. */
function replaceSignIn(world: World): void {
  const { dice, contexts, facts, accounts, time, user } = world
  facts.tell('fault', { name: 'sign-in beside a sign-in', where: user })
  for (const each of contexts) for (let i = dice.between(0, 2); i > 0; i--) each.fetch(dice.pick(['GET', 'POST']))
  if (dice.chance(0.7)) time.setWorldTimer(() => accounts.endSessionOf(user), dice.between(1, 30))
  time.setWorldTimer(() => signIn(world), dice.between(1, 100))
}

/** Somebody signs out, often with calls under way, and somebody signs in. */
function signOut(world: World): void {
  const { dice, contexts, facts, plan, accounts, time, user } = world
  const context = dice.pick(contexts)
  const isBusy = dice.chance(0.6)
  if (isBusy) for (const each of contexts) if (dice.chance(0.7)) each.fetch(dice.pick(['GET', 'POST']))
  facts.tell('fault', { name: isBusy ? 'clear() with calls under way' : 'clear()', where: `c${context.number}` })
  time.setWorldTimer(() => context.clear(), isBusy ? dice.between(1, 100) : 1)
  if (dice.chance(0.5)) {
    facts.tell('fault', { name: 'session ended', where: user })
    time.setWorldTimer(() => accounts.endSessionOf(user), dice.between(1, 500))
  }
  const isPerson = plan.grant === 'authorization code' || plan.grant === 'refresh token'
  if (isPerson && dice.chance(0.8)) time.setWorldTimer(() => signIn(world), dice.pick([2, 100, 1000, 8000, 30_000]))
}

function signIn(world: World): void {
  const { dice, plan, facts, accounts } = world
  const context = dice.pick(world.contexts)
  const isAnother = plan.grant === 'authorization code' && dice.chance(0.7)
  if (isAnother) world.user = dice.pick(['ann', 'bob', 'cid'].filter((name) => name !== world.user))
  facts.tell('fault', { name: isAnother ? 'another user signs in' : 'the same user signs in again', where: `c${context.number}` })
  // The application asks the person, and hands what it gets to its managers.
  if (plan.grant === 'refresh token') world.firstToken = accounts.createFirstToken(world.user).name
  const { user } = world
  // The code took too long on its way. Calls were made for its user all the same.
  const isTooLate = plan.grant === 'authorization code' && world.isOn('accounts') && dice.chance(0.7)
  if (isTooLate) facts.tell('fault', { name: 'code has expired', where: `c${context.number}` })
  context.loop.read(() => {
    context.start(createGrant(world, { user, isExpired: isTooLate }), user)
    context.getToken()
    if (isTooLate) context.fetch('POST')
  })
}

function stepClock({ dice, contexts, facts }: World): void {
  const isForAll = dice.chance(0.3)
  const stepMs = Math.round(dice.pick([3_000, 30_000, 600_000, 3_600_000, dayMs, 5 * dayMs]) * (0.5 + dice.next()) * dice.pick([1, -1]))
  const stepping = isForAll ? contexts : [dice.pick(contexts)]
  for (const { loop } of stepping) loop.skewMs += stepMs
  const name = isForAll ? 'all clocks step' : stepMs > 0 ? 'clock steps ahead' : 'clock steps back'
  facts.tell('fault', { name, where: `${stepping.map(({ number }) => `c${number}`)} by ${stepMs / 1000} s` })
}

function blockLoop({ dice, contexts, facts }: World): void {
  const { loop, number } = dice.pick(contexts)
  const ms = dice.between(200, 20_000)
  facts.tell('fault', { name: 'loop is blocked', where: `c${number} for ${ms} ms` })
  loop.block(ms)
}

function disturbAccounts({ dice, accounts, facts, time, plan }: World): void {
  const isByPerson = !['client credentials', 'password'].includes(plan.grant)
  if (isByPerson || dice.chance(0.5)) {
    const good = [...accounts.issued].filter((issued) => accounts.isGood(issued))
    if (good.length === 0) return
    const revoked = dice.pick(good)
    revoked.isRevoked = true
    facts.tell('fault', { name: 'access token revoked', where: revoked.accessToken })
    return
  }
  facts.tell('fault', { name: 'credentials refused', where: '' })
  accounts.areCredentialsRight = false
  time.setWorldTimer(
    () => {
      accounts.areCredentialsRight = true
    },
    dice.between(1_000, 200_000),
  )
}

/** Blocks loops at the worst moments: with a request under way, now and then for longer than a lock lasts. */
export function blockAtWorst(world: World): void {
  const { dice, facts, shared, contexts, time } = world
  facts.on('sent', ({ client }) => {
    if (!world.isOn('loops')) return
    const isHolder = shared.holder?.client === client && dice.chance(0.05)
    if (!isHolder && !dice.chance(0.2)) return
    const ms = isHolder ? dice.between(leaseMs + 5_000, 200_000) : dice.between(200, 20_000)
    // Somebody else comes meanwhile.
    const wake = () => contexts.filter(({ loop }) => !loop.isBlocked).map((context) => context.getToken())
    if (isHolder) time.setWorldTimer(wake, dice.between(leaseMs, ms))
    const name = isHolder ? 'lock holder is blocked past its lease' : 'loop is blocked with a request under way'
    facts.tell('fault', { name, where: `c${client.context} for ${ms} ms` })
    client.loop.block(ms)
  })
}
