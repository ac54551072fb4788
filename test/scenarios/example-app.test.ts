import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, startApp } from '../../examples/browser/server/app.ts'
import { browsers, launch } from '../support/browsers/browsers.ts'
import type { BrowserPage, PageBrowser } from '../support/browsers/page-browser.ts'

const lifetimeMs = 6_000
// CAM2's lives long enough for its renewal to fail, and to be tried again. It ages while the tests before that one run.
const camerasLifetimeMs = 20_000
// The visitor's tokens live this long where their requests are counted: on a busy machine a token of six seconds is renewed meanwhile.
const countedLifetimeMs = 600_000

const start = (): Promise<App> => startApp({ port: 0, lifetimeMs, pollMs: 200, outageMs: 60_000 })

/** How often something stands in the log of a tab. */
const count = (lane: string, kind: string): string => `document.querySelectorAll('#log [data-lane=${lane}][data-kind=${kind}]').length`
const text = (selector: string): string => `document.querySelector('${selector}')?.textContent ?? ''`
/** How many of them are to be seen. */
const buttons = (within: string): string =>
  `[...document.querySelectorAll('${within} button')].filter((button) => button.offsetHeight > 0).length`
const calls = (list: string): string => `parseInt(${text(`#${list} .count`)}) || 0`

describe.each(browsers)('the example in $name', ({ start: startBrowser }) => {
  let app: App
  let browser: PageBrowser
  let page: BrowserPage

  beforeAll(async () => {
    app = await start()
    app.emulator.setTimes({ lifetimeMs: camerasLifetimeMs }, 'cam2')
    app.visitorServer.setLifetime(countedLifetimeMs)
    browser = await startBrowser()
    page = await browser.open(app.url)
  })

  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  /** Some calls later. */
  async function untilCalledAgain(list: string): Promise<void> {
    const before = await page.evaluate<number>(calls(list))
    await page.until(`${calls(list)} > ${before + 3}`)
  }

  async function signInVisitor(): Promise<void> {
    await page.click('#visitor-sign-in')
    await page.click('#allow')
    await page.until(`${text('#visitor-name')} === 'Vera Visitor'`)
  }

  it('is opened → cities and cameras appear, and each token has its lane', async () => {
    await page.until(`document.querySelectorAll('#cities .item:not(.skeleton)').length === 8`)
    await page.until(`document.querySelectorAll('#cameras .item:not(.skeleton)').length === 8`)
    await page.until(`${count('musement', 'acquired')} === 1 && ${count('cam2', 'acquired')} === 1`)
    expect(await page.evaluate(`[...document.querySelectorAll('.lane h3')].map((heading) => heading.textContent)`)).toEqual([
      'Musement',
      'CAM2',
      'Camdram',
      'Visitor',
    ])
    await page.until(`${text('#lane-of-cam2 .summary')}.includes(' left · renewal in ')`)
    expect(await page.evaluate(`document.querySelector('#lane-of-cam2 .track').getAttribute('aria-label')`)).toContain('CAM2: Fresh.')
  })

  it('lanes without a token → say where to sign in, and have no button', async () => {
    for (const [id, words] of [
      ['camdram', 'No token yet: sign in with Camdram.'],
      ['visitor', 'No token yet: sign in as a visitor.'],
    ]) {
      await page.until(`${text(`#lane-of-${id} .reason`)} === ${JSON.stringify(words)}`)
      expect(await page.evaluate(buttons(`#lane-of-${id}`))).toBe(0)
      expect(await page.evaluate(`document.querySelector('#lane-of-${id} .reason a').hash`)).toBe(`#${id}-sign-in`)
    }
    expect(await page.evaluate(buttons('#lane-of-cam2'))).toBe(2)
  })

  it('a token is revoked → rejected, renewed, sent again, and the list has not noticed', async () => {
    await page.click('[data-act=revoke][data-lane=musement]')
    await page.until(`${count('musement', 'revoked')} === 1 && ${count('musement', 'rejected')} > 0`)
    await page.until(`${count('musement', 'replayed')} > 0 && ${count('musement', 'renewed')} > 0`)
    await untilCalledAgain('cities')
    expect(await page.evaluate(text('#cities .count'))).toContain('all answered')
  })

  it('the visitor says no → told so, and nobody is signed in', async () => {
    await page.click('#visitor-sign-in')
    await page.click('#deny')
    await page.until(`${text('#sign-in-visitor .problem-text')}.includes('said no')`)
    expect(await page.url()).toBe(`${app.url}/`)
    expect(app.visitorServer.tokenRequests).toBe(0)
  })

  it('the visitor signs in in one tab → the other one adopts the token, with one token request for both', async () => {
    const other = await browser.open(app.url)
    await other.until(`document.querySelector('#visitor-sign-in')`)
    await signInVisitor()
    await other.until(`${text('#visitor-name')} === 'Vera Visitor'`)
    await other.until(`${count('visitor', 'adopted')} > 0`)
    expect(app.visitorServer.tokenRequests).toBe(1)
    // The server's lanes are the same in both.
    await other.until(`${count('cam2', 'acquired')} === 1 && ${count('musement', 'replayed')} > 0`)

    await other.click('#visitor-sign-out')
    await page.until(`document.querySelector('#visitor-sign-in')`)
    await other.close()
  })

  it('the token of a visitor ages → one tab renews it, the other one adopts it, with one token request for both', async () => {
    const other = await browser.open(app.url)
    await other.until(`document.querySelector('#visitor-sign-in')`)
    // Only the first one is short-lived: there is one renewal, however long the tabs take to show it.
    app.visitorServer.setLifetime(lifetimeMs, countedLifetimeMs)
    await signInVisitor()
    const holdsTheNextOne = `/^\\d+ min.* left/.test(${text('#lane-of-visitor .summary')})`
    for (const tab of [page, other]) {
      await tab.until(`${text('#visitor-name')} === 'Vera Visitor'`)
      await tab.until(holdsTheNextOne)
      await tab.until(`${count('visitor', 'renewed')} + ${count('visitor', 'adopted')} > 0`)
    }
    const renewals = () => Promise.all([page, other].map((tab) => tab.evaluate<number>(count('visitor', 'renewed'))))
    await expect.poll(async () => (await renewals()).toSorted()).toEqual([0, 1])
    expect(app.visitorServer.tokenRequests).toBe(3)

    await other.click('#visitor-sign-out')
    await page.until(`document.querySelector('#visitor-sign-in')`)
    await other.close()
  })

  it('a user says no to Camdram → told so, and nobody is signed in', async () => {
    await page.click('#camdram-sign-in')
    await page.click('#log-in')
    await page.click('#deny')
    await page.until(`${text('#sign-in-camdram .problem-text')}.includes('said no')`)
    expect(await page.url()).toBe(`${app.url}/`)
    expect(await page.evaluate(`document.querySelectorAll('#shows .row').length`)).toBe(0)
  })

  it('a user signs in to Camdram → shows appear; signs out → they are gone, and so is the lane’s token', async () => {
    await page.click('#camdram-sign-in')
    // The log-in of before still counts there.
    await page.click('#allow')
    await page.until(`document.querySelectorAll('#shows .row').length === 5`)
    expect(await page.url()).toBe(`${app.url}/`)
    expect(await page.evaluate('document.cookie')).toBe('')
    await page.until(`document.querySelector('#lane-of-camdram').dataset.state === 'fresh'`)
    expect(await page.evaluate(buttons('#lane-of-camdram'))).toBe(2)
    await page.click('#camdram-sign-out')
    await page.until(`document.querySelector('#camdram-sign-in') && !document.querySelector('#shows .row')`)
    await page.until(`document.querySelector('#lane-of-camdram').dataset.state === 'absent'`)
    expect(await page.evaluate(buttons('#lane-of-camdram'))).toBe(0)
  })

  it('a server is cut off → calls go on, the renewal fails unnoticed, and succeeds when the server is back', async () => {
    await page.click('[data-act=cutOff][data-lane=cam2]')
    await page.until(`${count('cam2', 'cutOff')} === 1`)
    await untilCalledAgain('cameras')
    await page.until(`${count('cam2', 'failed')} > 0`)
    expect(await page.evaluate(text('#log [data-lane=cam2][data-kind=failed]'))).toContain('Renewal failed unnoticed')
    await untilCalledAgain('cameras')
    await page.click('[data-act=restore][data-lane=cam2]')
    await page.until(`${count('cam2', 'restored')} === 1`)
    await page.until(`document.querySelector('#log [data-lane=cam2]').dataset.kind === 'renewed'`)
    expect(await page.evaluate(text('#cameras .count'))).toContain('all answered')
  })

  it('all of that → no error in a console, no rejection unhandled, nothing that the policy forbids', async () => {
    expect(await browser.problems()).toEqual([])
  })
})

// The driver of all engines has no keys: one engine speaks for all.
describe.each(browsers.filter(({ name }) => name === 'chromium'))('the example by keyboard alone', () => {
  it('Tab to a button of a lane, Enter → the token is revoked, and the focus stays', async () => {
    const app = await start()
    const browser = await launch('chromium')
    try {
      const page = await browser.newPage()
      await page.goto(app.url)
      await page.waitForSelector('#log [data-lane=cam2][data-kind=acquired]')
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent)
      const seen: unknown[] = []
      for (let presses = 0; presses < 20 && seen.at(-1) !== 'Revoke the token: CAM2'; presses++) {
        await page.keyboard.press('Tab')
        seen.push(await focused())
      }
      expect(seen.slice(0, 6)).toEqual([
        'Skip to the timeline',
        'Pause the polling',
        'Sign in with Camdram',
        'Sign in as a visitor',
        'Revoke all tokens',
        'Cut all servers off',
      ])
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)
      expect(outline).toBe('solid')
      await page.keyboard.press('Enter')
      await page.waitForSelector('#log [data-lane=cam2][data-kind=replayed]')
      expect(await focused()).toBe('Revoke the token: CAM2')
      await page.waitForFunction(() => document.querySelector('#announcer')?.textContent?.startsWith('CAM2: '))
    } finally {
      await browser.close()
      await app.close()
    }
  })
})

// Sizes and schemes are asked of one engine: the drivers of the others have neither.
describe.each(browsers.filter(({ name }) => name === 'chromium'))('the example at a glance', () => {
  let app: App
  let browser: Browser

  beforeAll(async () => {
    app = await start()
    browser = await launch('chromium')
  })

  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  const sizes = [
    { width: 1440, height: 900 },
    { width: 360, height: 640 },
  ]

  it.each(sizes)('$width × $height → whose page it is and both sign-ins stand above the fold, and nothing overflows', async (viewport) => {
    const page = await (await browser.newContext({ viewport })).newPage()
    await page.goto(app.url)
    await page.waitForSelector('#camdram-sign-in')
    await page.waitForSelector('#visitor-sign-in')
    const bottoms = await page.$$eval('.whose, #camdram-sign-in, #visitor-sign-in', (found) =>
      found.map((one) => Math.ceil(one.getBoundingClientRect().bottom)),
    )
    expect(bottoms).toHaveLength(3)
    expect(bottoms.filter((bottom) => bottom > viewport.height)).toEqual([])
    expect(await page.textContent('.masthead')).toContain('An example of tokenwell')
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  })

  it.each(['light', 'dark'] as const)('the consent page, %s → is styled under its own policy, with Allow and Deny', async (colorScheme) => {
    const page = await (await browser.newContext({ colorScheme, viewport: { width: 360, height: 640 } })).newPage()
    const problems: string[] = []
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await page.goto(app.url)
    await page.click('#visitor-sign-in')
    await page.waitForSelector('#allow')
    expect(await page.$$eval('button', (found) => found.map((one) => one.textContent))).toEqual(['Allow', 'Deny'])
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(ground).toBe({ light: 'rgb(239, 243, 241)', dark: 'rgb(11, 18, 17)' }[colorScheme])
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('#allow') as Element).borderRadius)).toBe('7px')
    // By keyboard: the first button has the focus.
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.querySelector('#sign-in-visitor')?.textContent?.includes('said no'))
    expect(problems).toEqual([])
  })
})
