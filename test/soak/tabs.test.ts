import { describe, it } from 'vitest'
import { browsers } from '../support/browsers/browsers.ts'
import { runTabs } from '../support/tabs/run-tabs.ts'

describe.each(browsers)('10 tabs in $name over one refresh token that rotates', ({ name, start }) => {
  it.each(['localStorage', 'indexedDb', 'encrypted'] as const)(
    '%s; the renewing tab is closed in mid-renewal 5 times in 25 expiries → nothing is refused, one request per expiry',
    async (store) => {
      const figures = await runTabs({ start, store, tabs: 10, expiries: 25, closes: 5 })
      console.info(name, store, JSON.stringify(figures))
    },
    600_000,
  )
})
