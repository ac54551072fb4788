import { describe, expect, it } from 'vitest'
import { browsers } from '../support/browsers/browsers.ts'
import { runRacingTabs } from '../support/tabs/run-tabs.ts'

describe.each(browsers)('5 tabs in $name that all renew at the same moments', ({ name, start }) => {
  it('localStorage → nothing is refused in 200 renewals', async () => {
    const { refused, ...figures } = await runRacingTabs({ start, store: 'localStorage', tabs: 5, renewals: 200 })
    console.info(name, JSON.stringify({ ...figures, refused }))
    expect(refused).toEqual([])
    expect(figures.renewals).toBeGreaterThanOrEqual(200)
  }, 300_000)

  // Not a test of ours: it says what the register in src/stores/browser/write-register.ts is for, in this browser.
  it('a Web Lock around localStorage and nothing else → renewals until one is refused', async () => {
    const { renewals, refused } = await runRacingTabs({ start, store: 'plain', tabs: 5, renewals: 200 })
    console.info(
      `${name}, without the register: ${refused.length > 0 ? `refused after ${renewals}: ${refused[0]}` : 'nothing refused in 200'}`,
    )
  }, 300_000)
})
