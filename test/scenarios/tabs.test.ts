import { describe, it } from 'vitest'
import { browsers } from '../support/browsers/browsers.ts'
import { runTabs } from '../support/tabs/run-tabs.ts'

describe.each(browsers)('5 tabs in $name over one refresh token that rotates', ({ start }) => {
  it.each(['localStorage', 'indexedDb'] as const)(
    '%s; the renewing tab is closed in mid-renewal → nothing is refused, one request per expiry',
    async (store) => {
      await runTabs({ start, store, tabs: 5, expiries: 5, closes: 1 })
    },
    120_000,
  )
})
