import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Disturber } from '../../../../examples/browser/server/disturb.ts'
import { type Session, Sessions, sessionCookie } from '../../../../examples/browser/server/sessions.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const visit = (sessions: Sessions, session: Session) =>
  sessions.find(new Request('http://127.0.0.1/', { headers: { cookie: sessionCookie(session).split(';')[0] as string } }))

describe('more sessions than there is room for', () => {
  it.each([1_000, 2_500])('%i requests without a cookie → end none that is in use', (count) => {
    const sessions = new Sessions()
    const first = sessions.begin()
    visit(sessions, first)
    const second = sessions.begin()
    visit(sessions, second)
    for (let index = 0; index < count; index++) sessions.begin()
    expect([visit(sessions, first)?.id, visit(sessions, second)?.id]).toEqual([first.id, second.id])
  })

  it('all of them in use → the one that was used least recently ends', () => {
    const sessions = new Sessions()
    const all = Array.from({ length: 1_000 }, () => sessions.begin())
    for (const session of all) visit(sessions, session)
    visit(sessions, all[0]!)
    sessions.begin()
    expect([all[0]!, all[1]!, all[2]!].map(({ ended }) => ended.aborted)).toEqual([false, true, false])
  })

  it('those that nobody has used for half an hour end first', () => {
    const sessions = new Sessions()
    const idle = sessions.begin()
    visit(sessions, idle)
    vi.setSystemTime(1_000_000 + 30 * 60_000 + 1)
    sessions.begin()
    expect(idle.ended.aborted).toBe(true)
  })
})

describe('the body of a disturbance', () => {
  const lanes = {
    musement: { revoke: vi.fn(), cutOff: vi.fn() },
    cam2: { revoke: vi.fn(), cutOff: vi.fn() },
    camdram: { revoke: vi.fn(), cutOff: vi.fn() },
  }
  const disturber = () => new Disturber({ victims: lanes as never, lanes: () => [], outageMs: 1 })
  const post = (body: BodyInit) =>
    disturber().handle(new Request('http://127.0.0.1/disturb', { method: 'POST', body, duplex: 'half' } as RequestInit))

  it.each([
    ['a long text', 'x'.repeat(1_025)],
    ['20 MB', 'x'.repeat(20_000_000)],
    ['one that is right, and then goes on', `{"act":"revoke","lane":"all"}${' '.repeat(2_000)}`],
  ])('%s → 413', async (_, body) => expect((await post(body)).status).toBe(413))

  it('that never ends → 413, and it is no longer read', async () => {
    let chunks = 0
    const body = new ReadableStream({
      pull(controller) {
        chunks++
        controller.enqueue(new Uint8Array(512))
      },
    })
    expect((await post(body)).status).toBe(413)
    expect(chunks).toBeLessThan(10)
  })

  it('that is right → 200', async () => {
    expect((await post('{"act":"revoke","lane":"cam2"}')).status).toBe(200)
    expect(lanes.cam2.revoke).toHaveBeenCalledOnce()
  })
})
