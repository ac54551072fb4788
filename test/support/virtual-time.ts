import { afterEach, beforeEach, vi } from 'vitest'

/** Has each test of the suite begin at the same moment of a fake clock, and windows of renewal without a random part. */
export function useVirtualTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
    vi.spyOn(Math, 'random').mockReturnValue(0)
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}
