import type { Emulator } from 'tokenwell/emulator'
import { type Lane, type LaneId, laneIds } from '../shared/lane.ts'
import type { Disturbance } from '../shared/messages.ts'
import { answerJson, refuse } from './security.ts'

/** What can be done to the server behind a token. */
export interface Victim {
  /** Makes the access tokens that it has issued worthless. */
  revoke(): void
  /** Its token endpoint fails for a while. Returns the function that ends that. */
  cutOff(forMs: number): () => void
}

/** One of the emulated systems. */
export function emulatedVictim(emulator: Emulator, system: 'musement' | 'cam2' | 'camdram'): Victim {
  return {
    revoke: () => void emulator.revoke(system),
    cutOff: (forMs) => emulator.fail({ system, status: 503, forMs }),
  }
}

export interface DisturberOptions {
  victims: Readonly<Record<LaneId, Victim>>
  /** The lanes on which it shows: of a system where users sign in, there are many. */
  lanes: (id: LaneId) => readonly Lane[]
  outageMs: number
}

/** Carries out what the buttons ask for: in real life tokens are revoked, and servers are away, without being asked to. */
export class Disturber {
  readonly #options: DisturberOptions
  readonly #outages = new Map<LaneId, { end: () => void; timer: NodeJS.Timeout }>()

  constructor(options: DisturberOptions) {
    this.#options = options
  }

  async handle(request: Request): Promise<Response> {
    const text = await readText(request)
    if (text === undefined) return refuse(413, 'That is too long for a disturbance')
    const asked = parseDisturbance(text)
    if (!asked) return refuse(400, 'act must be revoke, cutOff or restore, and lane one of the lanes, or all')
    for (const id of asked.lane === 'all' ? laneIds : [asked.lane]) this.#disturb(asked.act, id)
    return answerJson({})
  }

  close(): void {
    for (const { timer } of this.#outages.values()) clearTimeout(timer)
  }

  #disturb(act: Disturbance['act'], id: LaneId): void {
    const { victims, outageMs } = this.#options
    const at = Date.now()
    if (act === 'revoke') {
      victims[id].revoke()
      this.#show(id, { kind: 'revoked', at })
    }
    if (act === 'restore') this.#restore(id)
    if (act === 'cutOff' && !this.#outages.has(id)) {
      const timer = setTimeout(() => this.#restore(id), outageMs)
      this.#outages.set(id, { end: victims[id].cutOff(outageMs), timer })
      this.#show(id, { kind: 'cutOff', at, until: at + outageMs })
    }
  }

  #restore(id: LaneId): void {
    const outage = this.#outages.get(id)
    if (!outage) return
    this.#outages.delete(id)
    clearTimeout(outage.timer)
    outage.end()
    this.#show(id, { kind: 'restored', at: Date.now() })
  }

  #show(id: LaneId, entry: Parameters<Lane['add']>[0]): void {
    for (const lane of this.#options.lanes(id)) lane.add(entry)
  }
}

const longest = 1_024

/** The body as a text; `undefined` for one that is too long, of which no more is read. */
async function readText({ body }: Request): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > longest) return undefined
  }
  return text
}

function parseDisturbance(text: string): Disturbance | undefined {
  try {
    const { act, lane } = JSON.parse(text) as Disturbance
    const isKnown = ['revoke', 'cutOff', 'restore'].includes(act) && (lane === 'all' || laneIds.includes(lane))
    return isKnown ? { act, lane } : undefined
  } catch {
    return undefined
  }
}
