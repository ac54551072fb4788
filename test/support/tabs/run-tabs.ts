import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { bundleScript } from '../browsers/bundle-script.ts'
import type { BrowserPage, PageBrowser } from '../browsers/page-browser.ts'
import { startRotatingServer } from './rotating-server.ts'

export interface TabsRun {
  readonly start: () => Promise<PageBrowser>
  readonly store: 'localStorage' | 'indexedDb' | 'encrypted'
  readonly tabs: number
  readonly expiries: number
  /** How many times the tab that renews is closed in mid-renewal. */
  readonly closes: number
}

const lifetimeS = 3

/** Tabs whose tokens all expire at the same moments, again and again. What was refused is for the caller to judge. */
export async function runRacingTabs({ start, store, tabs, renewals }: Pick<TabsRun, 'start' | 'tabs'> & RacingOptions) {
  const server = await startRotatingServer({ script: await bundlePage(), lifetimeS: 3_600, answerMs: 10 })
  const browser = await start()
  try {
    const query = `store=${store}&refreshToken=refresh-0&expireEveryMs=250&startedAt=${Date.now()}`
    for (let tab = 1; tab <= tabs; tab++) await browser.open(`${server.url}/?tab=${tab}&${query}`)
    await untilRenewals(server, renewals)
    return { renewals: server.renewals.length, refused: server.refused, reports: Object.fromEntries(server.reports) }
  } finally {
    await browser.close()
    await server.close()
  }
}

interface RacingOptions {
  readonly store: TabsRun['store'] | 'plain'
  readonly renewals: number
}

/**
 * Tabs that share one store and begin with one refresh token. Nothing may be refused, nothing renewed twice, and a tab
 * that is closed in mid-renewal is followed by another one.
 */
export async function runTabs({ start, store, tabs, expiries, closes }: TabsRun) {
  const server = await startRotatingServer({ script: await bundlePage(), lifetimeS, answerMs: 50 })
  const browser = await start()
  try {
    let opened = 0
    const pages = new Map<string, BrowserPage>()
    const open = async (): Promise<void> => {
      const tab = String(++opened)
      pages.set(tab, await browser.open(`${server.url}/?tab=${tab}&store=${store}&refreshToken=refresh-0`))
    }
    for (let index = 0; index < tabs; index++) await open()

    for (let close = 0; close < closes; close++) {
      await untilRenewals(server, Math.floor(((close + 1) * expiries) / (closes + 1)))
      const tab = await server.nextRenewal()
      await pages.get(tab)?.close()
      pages.delete(tab)
      await open()
    }
    await untilRenewals(server, expiries)

    const gaps = server.renewals.slice(1).map(({ at }, index) => at - (server.renewals[index]?.at ?? 0))
    const figures = {
      renewals: server.renewals.length,
      renewingTabs: new Set(server.renewals.map(({ tab }) => tab)).size,
      shortestGapMs: Math.min(...gaps),
      longestWaitMs: server.longestWaitMs,
      refused: server.refused,
      reports: Object.fromEntries(server.reports),
    }
    // A token is renewed when 70 to 75 % of its life are over, counted from when it was asked for. A second renewal for the
    // same expiry would follow within 5 %.
    expect(figures.shortestGapMs, JSON.stringify(figures)).toBeGreaterThan(lifetimeS * 1_000 * 0.65)
    expect(server.refused, JSON.stringify(figures)).toEqual([])
    // On a machine that is busy with something else a lock may once not be acquired within its 5 s: that fails closed, and loses nothing.
    const troubles = Object.keys(figures.reports).filter((name) => /^(error|failed|degraded|signIn)(?!.*lock_not_acquired)/.test(name))
    expect(troubles).toEqual([])
    expect(server.reports.get('failed lock_not_acquired') ?? 0, JSON.stringify(figures)).toBeLessThanOrEqual(1)
    expect(server.reports.get('adopted'), JSON.stringify(figures)).toBeGreaterThanOrEqual((tabs - 1) * 2)
    return figures
  } finally {
    await browser.close()
    await server.close()
  }
}

async function untilRenewals(server: { renewals: readonly unknown[]; refused: readonly string[] }, count: number): Promise<void> {
  const giveUpAt = Date.now() + count * lifetimeS * 1_000 + 30_000
  while (server.renewals.length < count && server.refused.length === 0 && Date.now() < giveUpAt) await sleep(20)
}

function bundlePage(): Promise<string> {
  return bundleScript(new URL('tab-page.ts', import.meta.url))
}
