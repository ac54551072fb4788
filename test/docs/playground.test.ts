import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchOptions } from '../support/browsers/engines.ts'
import { type ServedSite, serveSite } from './support/serve-site.ts'

let site: ServedSite
let browser: Browser
const problems: string[] = []

beforeAll(async () => {
  site = await serveSite()
  browser = await chromium.launch(launchOptions.chromium)
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
afterEach(() => {
  expect(problems.splice(0)).toEqual([])
})

/** Notes what the servers of the page are sent as a token. */
const tokenRecorder = `(() => {
  const Native = globalThis.Request
  globalThis.sentTokens = []
  globalThis.Request = class extends Native {
    constructor(...parameters) {
      super(...parameters)
      for (const name of ['authorization', 'x-session-key']) {
        const value = this.headers.get(name)
        if (value) globalThis.sentTokens.push(value.split(' ').at(-1))
      }
    }
  }
})()`

async function open(api = 'cam2'): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (error) => problems.push(`${error.name}: ${error.message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  // Whatever leaves the browser but for the site's own files is one too many.
  page.on('request', (request) => {
    if (!request.url().startsWith(site.url)) problems.push(`asked for ${request.url()}`)
  })
  await page.addInitScript(tokenRecorder)
  await page.goto(`${site.url}/playground.html`)
  await page.check(`input[name="api"][value="${api}"]`)
  return page
}

/** Presses a button, and waits for what it says in the end. */
async function press(page: Page, id: string, said: RegExp): Promise<string> {
  await page.click(`#${id}`)
  await page.locator('#result').filter({ hasText: said }).waitFor()
  return (await page.textContent('#result')) ?? ''
}

const apis = ['cam2', 'camdram', 'dive', 'musement', 'own']

describe.each(apis)('the playground in Chromium, with %s', (api) => {
  it('logs in once for ten calls at once', async () => {
    const page = await open(api)
    expect(await press(page, 'call-ten', /^10 calls/)).toMatch(/^10 calls: answered 20[06] in [\d.]+ s\. 1 token request\.$/)
    expect(await page.locator('.exchange').count()).toBe(11)
    await page.context().close()
  })

  it('answers a call after its token was revoked at the server, and shows no secret meanwhile', async () => {
    const page = await open(api)
    await press(page, 'call', /^The call was/)
    await press(page, 'revoke', /revoked/)
    expect(await press(page, 'call', /^The call was/)).toMatch(
      /^The call was answered 20[06] .* The API rejected 1 call: the token was renewed, and the call sent again\.$/,
    )
    const kinds = await page.locator('.happenings li').evaluateAll((lines) => lines.map((line) => line.getAttribute('data-kind')))
    expect(kinds).toEqual(expect.arrayContaining(['acquired', 'revoked', 'rejected', 'renewed', 'replayed']))
    const sent = new Set(await page.evaluate<string[]>('globalThis.sentTokens'))
    expect(sent.size).toBeGreaterThan(1)
    await expect.poll(() => page.textContent('#requests')).toContain('‹2›')
    const shown = (await page.textContent('.playground')) ?? ''
    for (const secret of sent) expect(shown).not.toContain(secret)
    expect(await page.textContent('#requests')).not.toMatch(/open sesame|emulated-\S+-(secret|password)/)
    await page.context().close()
  })
})

describe('the playground in Chromium', () => {
  it('shows the words of the error while the network is cut off, and works when it is restored', async () => {
    const page = await open('camdram')
    await press(page, 'cut-off', /cut off/)
    expect(await page.textContent('#cut-off')).toBe('Restore the network')
    await press(page, 'call', /failed/)
    expect(await page.textContent('#shown')).toMatch(/^TokenNetworkError \(network_failed\): \S+/)
    await press(page, 'cut-off', /works again/)
    await expect.poll(() => press(page, 'call', /^The call (was|failed)/), { timeout: 15_000 }).toMatch(/answered 200/)
    await page.context().close()
  })

  it('says which field of a provider is wrong, and what was meant', async () => {
    const page = await open('own')
    const text = await page.inputValue('#profile')
    await page.fill('#profile', text.replace('"tokenUrl"', '"tokenURL"'))
    expect(await page.textContent('#profile-error code')).toBe('tokenURL')
    expect(await page.textContent('#profile-error')).toBe('tokenURL: is unknown: did you mean tokenUrl?')
    expect(await page.getAttribute('#profile', 'aria-invalid')).toBe('true')
    expect(await page.isDisabled('#use-profile')).toBe(true)
    await page.context().close()
  })

  it('calls with the provider that was written, and shows what its mistakes lead to', async () => {
    const page = await open('own')
    const text = await page.inputValue('#profile')
    await page.fill('#profile', text.replace('session.key', 'session.id'))
    await page.click('#use-profile')
    await press(page, 'call', /failed with InvalidTokenResponseError/)
    await page.fill('#profile', text)
    await page.click('#use-profile')
    await press(page, 'call', /answered 200/)
    await page.context().close()
  })

  it('signs out, and renews tokens of seconds while calls go on', async () => {
    const page = await open('musement')
    await page.selectOption('#lifetime', '8000')
    await page.click('#keep-calling')
    await page.locator('.happenings li[data-kind="renewed"]').first().waitFor()
    expect(await page.locator('.happenings li[data-kind="rejected"]').count()).toBe(0)
    await page.click('#keep-calling')
    await press(page, 'sign-out', /forgotten/)
    await page.locator('#state').filter({ hasText: 'No token' }).waitFor()
    await page.context().close()
  })

  it('is used by the keyboard alone, and tells what came to those who listen', async () => {
    const page = await open()
    await page.focus('input[name="api"][value="cam2"]')
    await page.keyboard.press('ArrowRight')
    expect(await page.isChecked('input[name="api"][value="camdram"]')).toBe(true)
    const focused = `(document.querySelector('.playground-host').shadowRoot.activeElement ?? {}).id`
    for (let presses = 0; presses < 6 && (await page.evaluate(focused)) !== 'call'; presses++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'The call was answered 200' }).waitFor()
    await page.context().close()
  })

  it('ends when the reader goes to another page, and begins anew when he comes back', async () => {
    const page = await open()
    await press(page, 'call', /^The call was/)
    await page.click('.VPSidebar a[href$="/testing.html"]')
    await page.waitForURL('**/testing.html')
    await page.goBack()
    await page.locator('#result').filter({ hasText: 'Nothing was called yet.' }).waitFor()
    await press(page, 'call', /^The call was answered 200/)
    await page.context().close()
  })

  it.each(['light', 'dark'] as const)('follows the switch of the site, from %s', async (colorScheme) => {
    const page = await open()
    await page.emulateMedia({ colorScheme })
    await page.reload()
    await page.waitForSelector('#call')
    const ground = `getComputedStyle(document.querySelector('.playground-host').shadowRoot.querySelector('.panel')).backgroundColor`
    const colours = { light: 'rgb(255, 255, 255)', dark: 'rgb(19, 28, 26)' }
    expect(await page.evaluate(ground)).toBe(colours[colorScheme])
    await page.click('.VPNavBar .VPSwitchAppearance')
    await expect.poll(() => page.evaluate(ground)).toBe(colours[colorScheme === 'light' ? 'dark' : 'light'])
    await page.context().close()
  })

  it.each([
    { width: 1440, isBeside: true },
    { width: 360, isBeside: false },
  ])('has the life of the token beside its buttons at $width px: $isBeside', async ({ width, isBeside }) => {
    const page = await open()
    await page.setViewportSize({ width, height: 800 })
    const [side, main] = await Promise.all(['.playground > .side', '.playground > .main'].map((part) => page.locator(part).boundingBox()))
    expect(side?.y === main?.y).toBe(isBeside)
    await page.context().close()
  })
})
