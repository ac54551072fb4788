import type { Lane } from '../shared/lane.ts'
import type { EntryMessage, Snapshot, StatusMessage } from '../shared/messages.ts'
import type { Session } from './sessions.ts'

const statusEveryMs = 1_000
/** A reader that is so many messages behind is cut off: it comes back, and starts with a snapshot. */
const longestQueue = 1_000

/**
 * The lives of tokens as server-sent events: first all there is, then each entry, and each second what the managers
 * explain. It ends with the session. No message holds a token: entries and statuses have none.
 */
export function openEventStream(lanes: readonly Lane[], session: Session): Response {
  const encoder = new TextEncoder()
  let stop = (): void => {}
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const send = (event: string, data: Snapshot | EntryMessage | StatusMessage): void => {
      if ((controller.desiredSize ?? 0) <= 0) return void close()
      controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
    }
    const stops = lanes.map((lane) => lane.subscribe((entry) => send('entry', { lane: lane.id, entry, ...readStatus(lane) })))
    const timer = setInterval(() => send('status', { now: Date.now(), statuses: readStatuses(lanes) }), statusEveryMs)
    const close = (): void => {
      stop()
      controller.close()
    }
    stop = () => {
      clearInterval(timer)
      session.ended.removeEventListener('abort', close)
      for (const stopListening of stops) stopListening()
    }
    session.ended.addEventListener('abort', close)
    // After a session has ended the next one's cookie is on its way: not at once.
    controller.enqueue(encoder.encode('retry: 500\n\n'))
    send('snapshot', buildSnapshot(lanes, session))
  }
  const body = new ReadableStream<Uint8Array>({ start, cancel: () => stop() }, { highWaterMark: longestQueue })
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
}

function buildSnapshot(lanes: readonly Lane[], { signedIn }: Session): Snapshot {
  return {
    now: Date.now(),
    session: signedIn ? { user: signedIn.user } : {},
    lanes: lanes.map((lane) => ({ id: lane.id, entries: lane.entries, ...readStatus(lane) })),
  }
}

function readStatus(lane: Lane): Pick<EntryMessage, 'status'> {
  const { status } = lane
  return status ? { status } : {}
}

function readStatuses(lanes: readonly Lane[]): StatusMessage['statuses'] {
  return Object.fromEntries(lanes.flatMap(({ id, status }) => (status ? [[id, status]] : [])))
}
