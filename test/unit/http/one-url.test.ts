import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { createService, type ServiceOptions } from '../../support/service.ts'

const origin = 'https://api.example.com'

describe('an API with one URL for everything', () => {
  const cgi = `${origin}/cgi`
  it.each<[string, ServiceOptions['provider'], number]>([
    ['a success that a rule names', { isRejection: { status: 200, path: 'code', is: -6, notApplied: true } }, 200],
    ['a 401', {}, 401],
  ])(
    'some of whose commands reject every token, by %s, again and again → is asked for a token a minute later',
    async (_, profile, status) => {
      const clock = createFakeClock()
      let live = 'none'
      const { tokens, tokenRequests } = createService({
        clock,
        provider: { apiUrl: cgi, ...profile },
        api: ({ url, token }) => {
          if (live === 'none') live = token as string
          const isGood = token === live && !url.includes('bad')
          return Response.json({ code: isGood ? 0 : -6 }, { status: isGood ? 200 : status })
        },
      })
      const command = async (name: string) => ((await (await tokens.fetch(`${cgi}?cmd=${name}`)).json()) as { code: number }).code
      await command('good')
      for (let round = 0; round < 5; round++) {
        live = `token-${tokenRequests.length + 1}`
        await command('bad')
        live = `token-${tokenRequests.length}`
        await command('good')
        clock.advance(61_000)
      }
      await command('bad')
      live = `token-${tokenRequests.length}`
      await command('good')
      live = 'restarted'
      clock.advance(61_000)
      const before = tokenRequests.length
      live = `token-${before + 1}`
      expect([await command('good'), tokenRequests.length - before]).toEqual([0, 1])
    },
  )
})

describe('calls at once that wait for the first token, to a URL that is also the token URL', () => {
  it.each([
    ['in the folder of the API', `${origin}/cgi`, `${origin}/cgi/api.cgi`],
    ['in the folder of the API, which ends in a slash', `${origin}/cgi/`, `${origin}/cgi/api.cgi`],
    ['the URL of the API', `${origin}/json`, `${origin}/json`],
  ])('%s → all get it', async (_, apiUrl, tokenUrl) => {
    const fetch: typeof globalThis.fetch = async (_input, init) =>
      new Headers(init?.headers).has('authorization') && String(init?.body ?? '').includes('cmd')
        ? new Response('done')
        : Response.json({ access_token: 'a' })
    const { tokens } = createService({
      provider: { apiUrl, tokenUrl, tokenRequest: { clientAuthentication: 'body' } },
      manager: { fetch },
    })
    const calls = [1, 2, 3].map(() => tokens.fetch(tokenUrl, { method: 'POST', body: 'cmd' }).then((response) => response.text()))
    expect(await Promise.all(calls)).toEqual(['done', 'done', 'done'])
  })

  it('elsewhere, where a fetch was given → a ConfigurationError', async () => {
    const tokenUrl = `${origin}/oauth/token`
    const { tokens } = createService({ provider: { apiUrl: `${origin}/v1`, tokenUrl } })
    const first = tokens.fetch(`${origin}/v1`)
    await expect(tokens.fetch(tokenUrl)).rejects.toBeInstanceOf(ConfigurationError)
    await first.catch(() => {})
  })
})
