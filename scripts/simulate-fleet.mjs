// What a fleet on one Redis does to the token endpoint and to Redis: a discrete-event simulation of `redisStore` with
// client credentials. docs/fleet.md says what is modelled and what is not. No network, no real time. Its times are those of the
// sources, which it imports.
//
//   npm run simulate:fleet                        all tables (SEED=1)
//   SEED=7 npm run simulate:fleet                 another seed
//   npm run simulate:fleet -- --machines 50000    another size in place of 10 000
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { beatMs, breakMs, deadAfter, hurried, leastWaitMs, poll } from '../src/stores/redis/timing.ts'
import { canPostpone, postponedUntil } from '../src/token/postponement.ts'
import { lockWaitMs } from '../src/token/renewal.ts'
import { timerDelay } from '../src/token/renewal-schedule.ts'
import { renewalWindow } from '../src/token/renewal-window.ts'

/** What each costs the one thread of Redis, ms: measured over loopback (Redis 7.0.15, defaults). A notice is a write to one socket. */
const costs = { get: 0.011, script: 0.012, notice: 0.01, connect: 0.03, subscribe: 0.01 }
/** One turn of the loop, which a deadline adds. */
const furtherTurnMs = 20

/** Assumed: one way to Redis, and an answer of the token endpoint. */
const assumed = { networkMs: [0.2, 0.6], endpointMs: [100, 300] }

/** mulberry32: the same seed, the same run. */
function createRandom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Virtual time: what is due comes in order, whatever lies between. */
class Schedule {
  now = 0
  #heap = []
  #count = 0

  at(time, task) {
    const heap = this.#heap
    heap.push({ time: Math.max(time, this.now), order: this.#count++, task })
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!isBefore(heap[i], heap[parent])) break
      ;[heap[i], heap[parent]] = [heap[parent], heap[i]]
      i = parent
    }
  }

  runUntil(end) {
    while (this.#heap.length > 0 && this.#heap[0].time <= end) {
      const { time, task } = this.#pop()
      this.now = time
      task()
    }
    this.now = end
  }

  #pop() {
    const heap = this.#heap
    const [first, last] = [heap[0], heap.pop()]
    if (heap.length === 0) return first
    heap[0] = last
    for (let i = 0; ; ) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && isBefore(heap[child], heap[least])) least = child
      if (least === i) return first
      ;[heap[i], heap[least]] = [heap[least], heap[i]]
      i = least
    }
  }
}

const isBefore = (a, b) => a.time < b.time || (a.time === b.time && a.order < b.order)

/** One fleet, one key, one Redis. A step that waits is a generator, which yields a function that is given its continuation. */
class Fleet {
  tokenRequests = 0
  operations = 0
  timeouts = 0
  perSecond = new Map()
  requestsPerSecond = new Map()
  waits = []
  longestQueueMs = 0
  outdated = 0
  /** Renewals that came when the token had expired: somebody waited. */
  late = 0
  /** Renewals that rather waited for the store than went on without it. */
  postponed = 0
  #schedule = new Schedule()
  #random
  #options
  #machines
  // When Redis will have done what it was sent.
  #busyUntil = 0
  #tokens = 0

  constructor(options, seed) {
    this.#options = { lifetimeMs: 3_600_000, callsPerSecond: 1, holdersDie: false, hasStore: true, isAway: false, groups: 1, ...options }
    this.#random = createRandom(seed)
    // What lies in Redis: one place for all, or one for each group of machines that has a prefix of its own.
    const places = Array.from({ length: this.#options.groups }, () => ({ record: undefined, lease: undefined, hasKilled: false }))
    this.#machines = Array.from({ length: this.#options.machines }, (_, id) => ({
      id,
      place: places[id % places.length],
      held: undefined,
      agingAt: 0,
      postponedUntil: 0,
      flight: undefined,
      silence: { until: 0, forMs: 0, answers: 0 },
      isSubscribed: false,
      watch: { text: undefined, at: 0, unchangedMs: 0 },
    }))
  }

  /** All machines start within a time, with no token anywhere, and their first call waits for one. */
  coldStart(spreadMs) {
    for (const machine of this.#machines) {
      this.#schedule.at(this.#random() * spreadMs, () => this.#start(machine))
    }
    this.#schedule.runUntil(spreadMs + 20_000)
    this.outdated = this.#machines.filter(({ held }) => !held).length
    return this
  }

  /** All machines hold one token, which is renewed so many times. */
  renewals(times) {
    const { lifetimeMs, hasStore, isAway } = this.#options
    const token = this.#newToken(0)
    for (const machine of this.#machines) {
      machine.place.record = token
      machine.isSubscribed = true
      // As after a notice: nearly at once.
      this.#schedule.at(this.#random() * 100, () => this.#hold(machine, token))
    }
    // Of a large fleet somebody has the longest window; on its own each machine has the middle one, or half of it.
    const window = isAway ? 0.5 : hasStore ? 1.2 : 1.1
    this.#schedule.runUntil(times * (lifetimeMs - aheadOf(lifetimeMs) * window) + 0.5 * aheadOf(lifetimeMs))
    const { now } = this.#schedule
    this.outdated = this.#machines.filter(({ held }) => now >= held.expiredAt).length
    return this
  }

  #start(machine) {
    const { now } = this.#schedule
    const { held } = machine
    const isAhead = held !== undefined && now < held.expiredAt
    if (machine.flight || (isAhead && now < machine.postponedUntil)) return
    const flight = { isOver: false, startedAt: now, isAhead }
    machine.flight = flight
    this.#run(this.#fly(machine, flight))
  }

  /** TokenKeeper: the store first, then a renewal. */
  *#fly(machine, flight) {
    const before = machine.held
    if (this.#options.hasStore) {
      if (!machine.isSubscribed) this.#subscribe(machine)
      const found = yield* this.#get(machine)
      if (machine.held !== before) return this.#land(machine, flight)
      if (this.#isAdoptable(found, before, 'agingAt')) return this.#land(machine, flight, found)
    }
    yield* this.#renew(machine, flight, before)
  }

  /** Renewal: lock, read again, adopt, else ask, write, release. */
  *#renew(machine, flight, basis) {
    const { hasStore, holdersDie } = this.#options
    const lease = hasStore ? yield* this.#lock(machine, flight) : undefined
    const stored = hasStore ? yield* this.#get(machine) : undefined
    if (this.#isAdoptable(stored, basis, 'expiredAt')) {
      this.#land(machine, flight, stored)
    } else if (hasStore && !(lease && stored !== failed) && (machine.held !== basis || this.#canPostpone(machine, flight))) {
      this.#postpone(machine, flight, basis)
    } else {
      const requestedAt = this.#schedule.now
      this.tokenRequests++
      count(this.requestsPerSecond, requestedAt)
      // Killed with its lock. (Its machine is started again at once, and is one of those who wait.)
      if (holdersDie && lease && !machine.place.hasKilled) return this.#die(machine, lease)
      yield this.#sleep(this.#between(assumed.endpointMs))
      const token = this.#newToken(requestedAt)
      if (hasStore) {
        // What nobody knows may be a sign-out: it is not written over. Nor is, without the lock, what has come meanwhile.
        const current = yield* this.#get(machine)
        const isLeftAlone = current === failed || (!lease && this.#isAdoptable(current, basis, 'agingAt'))
        const write = () => (lease || machine.place.record === current) && this.#write(machine, token)
        if (!isLeftAlone) yield* this.#ask(machine, 'script', write)
      }
      this.#land(machine, flight, token)
    }
    if (lease) this.#release(lease)
  }

  /** Whether it would rather wait for the store than ask without it; a machine that has no token waits for nothing. */
  #canPostpone({ agingAt, held }, { isAhead }) {
    return isAhead && canPostpone({ agingAt, expiredAt: held.expiredAt }, this.#schedule.now)
  }

  /** TokenKeeper: nobody waits, the token lives, and the store does not say what it holds. Tried again. */
  #postpone(machine, flight, basis) {
    if (machine.held !== basis) return this.#land(machine, flight)
    const { now } = this.#schedule
    machine.flight = undefined
    this.postponed++
    const until = postponedUntil({ agingAt: machine.agingAt, expiredAt: machine.held.expiredAt }, now, this.#random())
    machine.postponedUntil = until
    this.#sleepUntil(until, () => until === machine.postponedUntil && this.#start(machine))
    this.waits.push(now - flight.startedAt)
  }

  #die(machine, lease) {
    machine.place.hasKilled = true
    lease.isOver = true
    machine.flight = undefined
    this.#start(machine)
  }

  /** RedisLease.acquire: polled, ever more seldom; what a dead holder left is taken over. */
  *#lock(machine, flight) {
    const startedAt = this.#schedule.now
    const remainingMs = () => lockWaitMs - (this.#schedule.now - startedAt)
    for (let pollMs = poll.firstMs; !flight.isOver; pollMs = Math.min(pollMs * poll.growth, poll.longestMs)) {
      const lease = { machine, beats: 0, isOver: false }
      const dead = machine.watch.unchangedMs >= deadAfter.leastMs ? machine.watch.text : undefined
      const onLate = () => machine.place.lease === lease && this.#release(lease)
      const text = yield* this.#ask(machine, 'script', () => this.#take(lease, dead), Math.max(leastWaitMs, remainingMs()), onLate)
      if (text === failed) return undefined
      if (machine.place.lease === lease) {
        if (remainingMs() > 0 && !flight.isOver) {
          this.#schedule.at(this.#schedule.now + beatMs, () => this.#beat(lease))
          return lease
        }
        this.#release(lease)
        return undefined
      }
      this.#see(machine.watch, text)
      const delayMs = pollMs * (0.5 + this.#random())
      if (remainingMs() <= delayMs) return undefined
      yield this.#sleep(delayMs, flight)
    }
    return undefined
  }

  #see(watch, text) {
    const { now } = this.#schedule
    const pauseMs = Math.min(now - watch.at, 1.5 * poll.longestMs)
    watch.unchangedMs = text === watch.text ? watch.unchangedMs + pauseMs : 0
    watch.text = text
    watch.at = now
  }

  #take(lease, dead) {
    const { place } = lease.machine
    if (dead !== undefined && place.lease && textOf(place.lease) === dead) place.lease = undefined
    place.lease ??= lease
    return textOf(place.lease)
  }

  #beat(lease) {
    if (lease.isOver) return
    this.#send('script', () => {
      lease.beats++
      if (!lease.isOver) this.#schedule.at(this.#schedule.now + beatMs, () => this.#beat(lease))
    })
  }

  #release(lease) {
    lease.isOver = true
    this.#send('script', () => {
      const { place } = lease.machine
      if (place.lease === lease) place.lease = undefined
    })
  }

  /** The script that writes also publishes: Redis answers nobody else until every notice is on its way. */
  #write(writer, token) {
    writer.place.record = token
    const listening = this.#machines.filter(({ isSubscribed, place }) => isSubscribed && place === writer.place)
    listening.forEach((machine, index) => {
      const deliveredAt = this.#schedule.now + index * costs.notice + this.#between(assumed.networkMs)
      if (machine !== writer) this.#schedule.at(deliveredAt, () => this.#run(this.#notice(machine)))
    })
    this.#busyUntil += listening.length * costs.notice
  }

  *#notice(machine) {
    const before = machine.held
    const found = yield* this.#get(machine)
    if (machine.held !== before || !this.#isAdoptable(found, before, 'agingAt')) return
    this.#hold(machine, found)
    // The wait for the lock ends; who waited reads once more.
    if (machine.flight) machine.flight.isOver = true
    machine.flight?.wake?.()
  }

  /** A second connection, and three looks at the record: when it is made, when it is ready, when it listens. */
  #subscribe(machine) {
    this.#run(this.#get(machine))
    this.#send('connect', () => this.#run(this.#get(machine)))
    this.#send('subscribe', () => {
      machine.isSubscribed = true
      this.#run(this.#catchUp(machine))
    })
  }

  *#catchUp(machine) {
    const found = yield* this.#get(machine)
    if (found && found !== failed && found !== machine.held) yield* this.#notice(machine)
  }

  #land(machine, flight, token) {
    // Adopted meanwhile, by a notice.
    if (token && token !== machine.held) this.#hold(machine, token)
    this.waits.push(this.#schedule.now - flight.startedAt)
    if (machine.flight === flight) machine.flight = undefined
  }

  #hold(machine, token) {
    const { now } = this.#schedule
    if (machine.held && now >= machine.held.expiredAt) this.late++
    machine.held = token
    machine.agingAt = this.#windowOf(token, this.#random()).agingAt
    machine.postponedUntil = 0
    // A call may come before the timer.
    let isStarted = false
    const start = () => {
      if (isStarted || machine.held !== token) return
      isStarted = true
      this.#start(machine)
    }
    this.#sleepUntil(machine.agingAt, start)
    const { callsPerSecond } = this.#options
    if (callsPerSecond > 0) this.#schedule.at(machine.agingAt - (Math.log(1 - this.#random()) / callsPerSecond) * 1_000, start)
  }

  /** HeldState: a timer looks at the clock every few minutes. */
  #sleepUntil(at, task) {
    const { now } = this.#schedule
    this.#schedule.at(now + timerDelay(at - now), () => (this.#schedule.now < at ? this.#sleepUntil(at, task) : task()))
  }

  #newToken(issuedAt) {
    const token = { id: ++this.#tokens, issuedAt, expiresAt: issuedAt + this.#options.lifetimeMs }
    return Object.assign(token, this.#windowOf(token, 0))
  }

  #windowOf(token, random) {
    return renewalWindow(token, {}, random)
  }

  #isAdoptable(found, basis, until) {
    return found !== undefined && found !== failed && found !== basis && this.#schedule.now < found[until]
  }

  *#get(machine) {
    return yield* this.#ask(machine, 'get', () => machine.place.record)
  }

  /**
   * RedisConnection.ask: an answer within the limit, or none. When Redis has answered nothing for a while, operations fail at
   * once. Redis carries out what it was sent all the same.
   */
  *#ask(machine, kind, work, withinMs = hurried.limitMs, onLate = () => {}) {
    const { silence } = machine
    const silentFor = () => (this.#schedule.now < silence.until ? silence.forMs : 0)
    if (this.#options.isAway || silentFor() >= hurried.silenceMs) return failed
    const waitMs = Math.min(withinMs, hurried.limitMs, hurried.silenceMs - silentFor())
    const [answers, silentMs] = [silence.answers, silentFor()]
    return yield (resume) => {
      let isLate = false
      let isAnswered = false
      // A deadline lets what has arrived be read first.
      this.#schedule.at(this.#schedule.now + waitMs + furtherTurnMs, () => {
        if (isAnswered) return
        isLate = true
        this.timeouts++
        if (answers === silence.answers) {
          silence.forMs = Math.max(silentFor(), silentMs + waitMs)
          silence.until = this.#schedule.now + breakMs
        }
        resume(failed)
      })
      this.#send(kind, work, (answer) => {
        isAnswered = true
        silence.answers++
        silence.forMs = 0
        if (isLate) onLate()
        else resume(answer)
      })
    }
  }

  /** There, one after another through Redis, and back. */
  #send(kind, work, onAnswer = () => {}) {
    this.#schedule.at(this.#schedule.now + this.#between(assumed.networkMs), () => {
      const { now } = this.#schedule
      this.longestQueueMs = Math.max(this.longestQueueMs, this.#busyUntil - now)
      this.#busyUntil = Math.max(this.#busyUntil, now) + costs[kind]
      this.#schedule.at(this.#busyUntil, () => {
        this.operations++
        count(this.perSecond, this.#schedule.now)
        const answer = work()
        this.#schedule.at(this.#schedule.now + this.#between(assumed.networkMs), () => onAnswer(answer))
      })
    })
  }

  #sleep(delayMs, flight) {
    return (resume) => {
      let isAwake = false
      const wake = () => {
        if (isAwake) return
        isAwake = true
        resume()
      }
      if (flight) flight.wake = wake
      this.#schedule.at(this.#schedule.now + delayMs, wake)
    }
  }

  #between([least, most]) {
    return least + this.#random() * (most - least)
  }

  #run(steps, value) {
    const { done, value: wait } = steps.next(value)
    if (!done) wait((answer) => this.#run(steps, answer))
  }
}

const failed = Symbol('failed')
/** How long before its end a token begins to age, without the jitter, ms. */
const aheadOf = (lifetimeMs) => lifetimeMs - renewalWindow({ issuedAt: 0, expiresAt: lifetimeMs }, {}, 0).agingAt
const textOf = (lease) => `${lease.machine.id}:${lease.beats}`
const count = (seconds, at) => seconds.set(Math.floor(at / 1_000), (seconds.get(Math.floor(at / 1_000)) ?? 0) + 1)
const most = (seconds) => Math.max(0, ...seconds.values())

function quantile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const number = (value, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits }).replaceAll(',', ' ')

function row(label, fleet, perWhat) {
  return [
    label,
    number(fleet.tokenRequests / perWhat, perWhat > 1 ? 2 : 0),
    number(most(fleet.requestsPerSecond)),
    number(fleet.operations / perWhat),
    number(most(fleet.perSecond)),
    `${number(fleet.longestQueueMs)} ms`,
    number(fleet.timeouts / perWhat, perWhat > 1 ? 1 : 0),
    number(fleet.postponed / perWhat, perWhat > 1 ? 1 : 0),
    `${number(quantile(fleet.waits, 0.5))} / ${number(quantile(fleet.waits, 0.99))} / ${number(quantile(fleet.waits, 1))} ms`,
  ]
}

function table(title, first, rows) {
  const head = [
    first,
    'token requests',
    'most in 1 s',
    'Redis operations',
    'most in 1 s',
    'longest queue',
    'over 90 ms',
    'postponed',
    'wait: median / 99 % / longest',
  ]
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  console.log(`\n${title}\n\n${lines.join('\n')}`)
}

function main() {
  const { values } = parseArgs({ options: { machines: { type: 'string', default: '10000' } } })
  const [machines, seed, times] = [Number(values.machines), Number(process.env.SEED ?? 1), 5]
  if (!(Number.isInteger(machines) && machines > 0 && Number.isInteger(seed))) throw new Error('--machines and SEED are whole numbers.')
  const [minute, hour] = [60_000, 3_600_000]
  console.log(`SEED=${seed}, ${number(machines)} machines where nothing else is said`)

  const renewals = (label, options) => {
    const fleet = new Fleet({ machines, ...options }, seed).renewals(times)
    if (fleet.late > 0) console.log(`${label}: ${fleet.late} renewals came when the token had expired`)
    if (fleet.outdated > 0) console.log(`${label}: ${fleet.outdated} machines held an expired token at the end`)
    return row(label, fleet, times)
  }
  table(`Renewal, per expiry (mean of ${times})`, 'fleet', [
    renewals('100 machines, 1 h', { machines: 100 }),
    renewals('1 000 machines, 1 h', { machines: 1_000 }),
    renewals('5 000 machines, 1 h', { machines: 5_000 }),
    renewals('8 000 machines, 1 h', { machines: 8_000 }),
    renewals('all, 1 h', {}),
    renewals('all, 24 h', { lifetimeMs: 24 * hour }),
    renewals('all, 60 s', { lifetimeMs: minute }),
    renewals('all, 1 h, no calls: timers alone', { callsPerSecond: 0 }),
    renewals('20 000 machines, 1 h', { machines: 20_000 }),
    renewals('20 000 machines, 60 s', { machines: 20_000, lifetimeMs: minute }),
    renewals('20 000 machines, 1 h, timers alone', { machines: 20_000, callsPerSecond: 0 }),
    renewals('all, 1 h, in 10 groups', { groups: 10 }),
    renewals('all, 1 h, Redis unreachable', { isAway: true }),
    renewals('all, 1 h, no store', { hasStore: false }),
  ])

  const coldStart = (label, spreadMs, options = {}) => row(label, new Fleet({ machines, ...options }, seed).coldStart(spreadMs), 1)
  table('Cold start, nothing in the store', 'started', [
    coldStart('1 000 machines, at once', 0, { machines: 1_000 }),
    coldStart('2 000 machines, at once', 0, { machines: 2_000 }),
    coldStart('4 000 machines, at once', 0, { machines: 4_000 }),
    coldStart('all, at once', 0),
    coldStart('all, within 1 s', 1_000),
    coldStart('all, within 10 s', 10_000),
    coldStart('all, within 60 s', 60_000),
    coldStart('all, within 10 s, in 10 groups', 10_000, { groups: 10 }),
    coldStart('all, within 10 s, the first holder dies', 10_000, { holdersDie: true }),
    coldStart('all, within 10 s, no store', 10_000, { hasStore: false }),
  ])
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main()
