import { afterEach, describe, expect, it, vi } from 'vitest'
import { WriteMarks } from '../../../../src/stores/browser/write-marks.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('WriteMarks', () => {
  it('a mark that one has left → others read, under its key and place only', async () => {
    const [writer, reader] = [new WriteMarks('p'), new WriteMarks('p')]
    await writer.leave('a "key" with: signs', { order: 3, isDeletion: false })
    const mark = await reader.latest('a "key" with: signs')
    expect(mark).toEqual({ order: 3, isDeletion: false })
    expect(mark && [writer, reader].map((marks) => marks.isOwn('a "key" with: signs', mark))).toEqual([true, false])
    expect(await reader.latest('another')).toBeUndefined()
    expect(await new WriteMarks('elsewhere').latest('a "key" with: signs')).toBeUndefined()
  })

  it('several marks → the one of the highest order counts, whichever was left last', async () => {
    const marks = new WriteMarks('several')
    for (const order of [9, 10, 2]) await marks.leave('k', { order, isDeletion: order === 10 })
    expect(await marks.latest('k')).toEqual({ order: 10, isDeletion: true })
  })

  it('without Web Locks, or with some that refuse → there are none, and nobody waits', async () => {
    vi.stubGlobal('navigator', {})
    const marks = new WriteMarks('none')
    await marks.leave('k', { order: 1, isDeletion: false })
    expect(await marks.latest('k')).toBeUndefined()
    vi.stubGlobal('navigator', { locks: { request: () => Promise.reject(new DOMException('', 'SecurityError')) } })
    await marks.leave('k', { order: 1, isDeletion: false })
  })
})
