import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browsers } from '../support/browsers/browsers.ts'
import type { BrowserPage, PageBrowser } from '../support/browsers/page-browser.ts'
import { type SignInSite, startSignInSite } from '../support/sign-in/sign-in-site.ts'

const visitor = { sub: 'visitor', name: 'Vera Visitor' }
const stateOfNobody = 'a'.repeat(43)

// In this order: one browser an engine, and each test goes on where the last one ended.
describe.each(browsers)('signing in with a real authorization server, in $name', { timeout: 40_000 }, ({ name, start }) => {
  let site: SignInSite
  let browser: PageBrowser
  let tab: BrowserPage

  beforeAll(async () => {
    site = await startSignInSite()
    browser = await start()
    tab = await browser.open(site.url)
    await tab.until(isReady)
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })

  const isReady = 'globalThis.page !== undefined'
  const failure = (of = tab) => of.evaluate<{ name: string; message: string; error?: string } | undefined>('page.failure ?? null')
  const profile = (of = tab) => of.evaluate<object>('page.profile()')
  const goto = async (path: string, of = tab) => {
    await of.goto(new URL(path, site.url).href)
    await of.until(isReady)
  }
  /** Leaves for the authorization server, answers it, and is back. */
  const signIn = async (answer: 'allow' | 'deny' = 'allow', of = tab, returnTo = '/') => {
    await of.evaluate(`void page.signIn(${JSON.stringify(returnTo)})`)
    await of.click(`#${answer}`)
    await of.until(`location.origin === ${JSON.stringify(site.url)} && ${isReady}`)
  }
  /** What the authorization server sends back, which the page has not looked at yet. */
  const signInAndHold = async (of = tab): Promise<URL> => {
    await of.evaluate(`page.want('hold', true)`)
    await signIn('allow', of)
    await of.evaluate(`page.want('hold', false)`)
    return new URL(await of.url())
  }
  const expectFailure = async (words: string, of = tab) => {
    const failed = await failure(of)
    expect(failed).toMatchObject({ name: 'SignInFailedError', message: expect.stringContaining(words) })
    expect(failed?.message).toContain('start the sign-in again')
  }

  it.each([
    ['/?complete=1', 'no state'],
    ['/?code=some-code', 'no state'],
    [`/?code=some-code&state=${stateOfNobody}`, 'no sign-in that was begun here'],
    [`/?error=access_denied&state=${stateOfNobody}`, 'no sign-in that was begun here'],
    [`/?code=1&code=2&state=${stateOfNobody}`, 'more than one code'],
  ])('%s comes back → %s, and no request is sent', async (path, words) => {
    await goto(path)
    await expectFailure(words)
    expect(site.server.tokenRequests).toBe(0)
  })

  it('a response that is wrong → it is gone from the address bar, and what else stands there is not', async () => {
    await goto(`/?before=1&code=some-code&state=${stateOfNobody}&iss=x&after=2#part`)
    expect(await tab.url()).toBe(`${site.url}/?before=1&after=2#part`)
  })

  it('parameters of another client’s sign-in → refused', async () => {
    const state = await tab.evaluate<string>('page.beginAsAnother()')
    await goto(`/?code=some-code&state=${state}&iss=${encodeURIComponent(site.server.client.issuer)}`)
    await expectFailure('another clientId')
    expect(site.server.tokenRequests).toBe(0)
  })

  it('the user says no → access_denied, no request, a clean address, nothing pending', async () => {
    await signIn('deny')
    expect(await failure()).toMatchObject({ name: 'SignInFailedError', error: 'access_denied' })
    expect(await tab.url()).toBe(`${site.url}/`)
    expect(await tab.evaluate('page.pending()')).toBe(0)
    expect(await profile()).toEqual({ failed: 'SignInRequiredError' })
    expect(site.server.tokenRequests).toBe(0)
  })

  it('the issuer is wrong → refused, and the sign-in is used up', async () => {
    const response = await signInAndHold()
    const original = response.href
    expect(response.searchParams.get('iss')).toBe(site.server.client.issuer)
    response.searchParams.set('iss', 'https://evil.example')
    await goto(response.href)
    await expectFailure('another authorization server')
    await goto(original)
    await expectFailure('completed already')
    expect(site.server.tokenRequests).toBe(0)
  })

  it('comes back after ten minutes → refused', async () => {
    const response = await signInAndHold()
    await tab.evaluate(`page.want('late', true)`)
    await goto(response.href)
    await tab.evaluate(`page.want('late', false)`)
    await expectFailure('more than ten minutes')
    expect(site.server.tokenRequests).toBe(0)
  })

  it('the state is changed → refused; with the right one → signed in, once', async () => {
    const response = await signInAndHold()
    const original = response.href
    response.searchParams.set('state', stateOfNobody)
    await goto(response.href)
    await expectFailure('no sign-in that was begun here')
    expect(site.server.tokenRequests).toBe(0)

    await goto(original)
    expect(await failure()).toBeNull()
    expect(await tab.url()).toBe(`${site.url}/`)
    expect(await profile()).toEqual(visitor)
    expect(site.server.tokenRequests).toBe(1)

    await goto(original)
    await expectFailure('completed already')
    // Whoever is signed in stays so.
    expect(await profile()).toEqual(visitor)
    expect(site.server.tokenRequests).toBe(1)
  })

  it('the page is loaded again → it goes on from the store, with no token request', async () => {
    await tab.reload()
    await tab.until(isReady)
    expect(await profile()).toEqual(visitor)
    expect(await tab.evaluate('page.events')).toEqual(['adopted'])
    expect(site.server.tokenRequests).toBe(1)
  })

  it('renewed in the page → by refresh tokens that rotate', async () => {
    expect(await tab.evaluate('page.renew()')).toBe('renewed')
    expect(await tab.evaluate('page.renew()')).toBe('renewed')
    expect(await profile()).toEqual(visitor)
    expect(site.server.tokenRequests).toBe(3)
  })

  it('signed in with a place to return to, then back → nothing is used a second time, and still signed in', async () => {
    await signIn('allow', tab, '/?from=shows')
    expect(await tab.evaluate('page.returnTo')).toBe('/?from=shows')
    expect(await profile()).toEqual(visitor)
    const asked = site.server.tokenRequests
    await goto('/?from=elsewhere')
    await tab.back()
    await tab.until(`location.search === '' && ${isReady}`)
    expect(await failure()).toBeNull()
    expect(await profile()).toEqual(visitor)
    expect(site.server.tokenRequests).toBe(asked)
  })

  it('two tabs at once → both are signed in, one token request each, and both share the later token when loaded again', async () => {
    const other = await browser.open(site.url)
    await other.until(isReady)
    const asked = site.server.tokenRequests
    const first = await signInAndHold()
    const second = await signInAndHold(other)
    expect(first.searchParams.get('state')).not.toBe(second.searchParams.get('state'))
    // A tab cannot complete what another one has begun.
    await goto(second.href)
    await expectFailure('no sign-in that was begun here')
    await goto(first.href)
    const earlier = await tab.evaluate<number>('page.issuedAt()')
    await goto(second.href, other)
    const later = await other.evaluate<number>('page.issuedAt()')
    expect(later).toBeGreaterThan(earlier)
    expect([await failure(), await failure(other)]).toEqual([null, null])
    expect([await profile(), await profile(other)]).toEqual([visitor, visitor])
    expect(site.server.tokenRequests).toBe(asked + 2)
    for (const one of [tab, other]) {
      await one.reload()
      await one.until(isReady)
      expect(await profile(one)).toEqual(visitor)
      expect(await one.evaluate('page.issuedAt()')).toBe(later)
    }
    expect(site.server.tokenRequests).toBe(asked + 2)
    await other.close()
  })

  it('the server revokes everything → SignInRequiredError and its event; signing in again helps', async () => {
    site.server.revokeAll()
    expect(await profile()).toEqual({ failed: 'SignInRequiredError' })
    expect(await tab.evaluate<string[]>('page.events')).toContain('signInRequired')
    await signIn()
    expect(await profile()).toEqual(visitor)
  })

  it('signed out → signed out, also when loaded again', async () => {
    await tab.evaluate('page.signOut()')
    await tab.reload()
    await tab.until(isReady)
    expect(await profile()).toEqual({ failed: 'SignInRequiredError' })
  })

  it('a code is used a second time, with a state that is right → refused by the server: the user has to sign in', async () => {
    const used = await signInAndHold()
    await goto(used.href)
    expect(await profile()).toEqual(visitor)
    await tab.evaluate('page.signOut()')
    const response = await signInAndHold()
    const asked = site.server.tokenRequests
    response.searchParams.set('code', used.searchParams.get('code') ?? '')
    await goto(response.href)
    expect(await profile()).toEqual({ failed: 'SignInRequiredError' })
    expect(site.server.tokenRequests).toBe(asked + 1)
  })

  it('a service worker shares the store of the page → it calls and renews without a page', async () => {
    await tab.evaluate(`page.want('indexedDb', true)`)
    await signIn()
    expect(await profile()).toEqual(visitor)
    expect(await tab.evaluate('page.profileFromWorker()')).toEqual({ before: visitor, after: visitor, isPage: false })
    // What the worker has renewed is the page's, too.
    expect(await profile()).toEqual(visitor)
  })

  it('a service worker answers what the page fetches → with the token, after another sign-in with the new one, after a sign-out with 401', async () => {
    await tab.until('page.isControlled()')
    expect(await tab.evaluate('page.profileByFetch()')).toEqual(visitor)
    site.server.revoke()
    expect(await tab.evaluate('page.profileByFetch()')).toEqual(visitor)
    // The page's own token requests, and the way back with the code, pass the worker by.
    await signIn()
    expect([await failure(), await profile(), await tab.evaluate('page.profileByFetch()')]).toEqual([null, visitor, visitor])
    await tab.evaluate('page.signOut()')
    expect(await tab.evaluate('page.profileByFetch()')).toBe(401)
  })

  it('all of that → no error in a console, no rejection unhandled, nothing that the policy forbids', async () => {
    // Of refusals that the tests ask for, Chromium says so much itself.
    const isAskedFor = (problem: string) => name === 'chromium' && /^Failed to load resource: .* status of 40[01]/.test(problem)
    expect((await browser.problems()).filter((problem) => !isAskedFor(problem))).toEqual([])
  })
})
