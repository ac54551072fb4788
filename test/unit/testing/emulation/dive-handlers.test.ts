import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createFakeClock, type Emulation } from '../../../../src/testing.ts'
import { claimsOf, postForm, postJson, useEmulation } from './use-emulation.ts'

const host = 'https://rest.dive.tv/v1'

interface Reply {
  access_token: string
  refresh_token: string
  error: string
  error_description: string
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const keyHeader = ({ credentials }: Emulation) => ({ authorization: `Basic ${credentials.dive.clientKey}` })
const userFields = ({ credentials: { diveUser } }: Emulation) => ({ username: diveUser.username, password: md5(diveUser.password) })
const deviceFields = ({ credentials: { dive } }: Emulation) => ({ device_id: dive.deviceId })

const signIn = async (emulation: Emulation): Promise<Reply> =>
  (await postForm(`${host}/token?grant_type=device_credentials`, deviceFields(emulation), { headers: keyHeader(emulation) })).json()

describe('Dive as documented', () => {
  it('the token request of the document gets the reply of the document', async () => {
    const emulation = useEmulation({ systems: ['dive'] })
    const response = await postJson('https://rest.dive.tv/v1/token?grant_type=device_credentials', userFields(emulation), {
      headers: keyHeader(emulation),
    })
    expect(response.status).toBe(200)
    const reply = await response.json()
    expect(reply).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      refresh_token: expect.any(String),
      expires_in: 8999,
      scope: 'device',
      device_id: '123456',
      client_id: 'test',
      jti: expect.any(String),
    })
    // The claims of the token that the document prints.
    expect(Object.keys(claimsOf(reply.access_token)).sort()).toEqual(
      ['aud', 'authorities', 'client_id', 'device_id', 'exp', 'grant_type', 'jti', 'scope'].sort(),
    )
  })

  it('«form data» under Content-Type: application/json, as the document has it, is understood', async () => {
    const emulation = useEmulation({ systems: ['dive'] })
    const response = await postForm('https://rest.dive.tv/v1/token?grant_type=device_credentials', userFields(emulation), {
      headers: { ...keyHeader(emulation), 'content-type': 'application/json' },
    })
    expect(response.status).toBe(200)
  })

  it('the refresh of the document gets the same kind of reply, and its token opens the API', async () => {
    const emulation = useEmulation({ systems: ['dive'] })
    const headers = keyHeader(emulation)
    const first: Reply = await (await postJson(`${host}/token?grant_type=device_credentials`, userFields(emulation), { headers })).json()
    const response = await postJson(
      'https://rest.dive.tv/v1/token?grant_type=refresh_token',
      { refresh_token: first.refresh_token },
      { headers },
    )
    const second: Reply = await response.json()
    expect([response.status, Object.keys(second).sort()]).toEqual([200, Object.keys(first).sort()])
    expect((await fetch(`${host}/movies`, { headers: { authorization: `Bearer ${second.access_token}` } })).ok).toBe(true)
  })

  it('another Content-Type gets 415', async () => {
    const emulation = useEmulation({ systems: ['dive'] })
    const response = await postForm(`${host}/token?grant_type=device_credentials`, userFields(emulation), { headers: keyHeader(emulation) })
    expect(response.status).toBe(415)
  })
})

describe('Dive as it really is', () => {
  const real = { systems: ['dive'], flavour: 'real' } as const

  it.each([
    ['device_credentials', 'a device', deviceFields],
    ['user_credentials', 'a user', userFields],
    ['device_credentials', 'a user, as the document has it', userFields],
  ])('%s with %s gets a token for a form', async (grantType, _, fields) => {
    const emulation = useEmulation(real)
    const response = await postForm(`${host}/token?grant_type=${grantType}`, fields(emulation), { headers: keyHeader(emulation) })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ token_type: 'bearer', expires_in: 8999 })
  })

  it('JSON gets 415, and a grant in the body is not seen', async () => {
    const emulation = useEmulation(real)
    const headers = keyHeader(emulation)
    const json = await postJson(`${host}/token?grant_type=device_credentials`, deviceFields(emulation), { headers })
    expect(json.status).toBe(415)
    const body = await postForm(`${host}/token`, { ...deviceFields(emulation), grant_type: 'device_credentials' }, { headers })
    expect([body.status, ((await body.json()) as Reply).error]).toEqual([400, 'unsupported_grant_type'])
  })

  it.each<[string, string | undefined, number, string]>([
    ['a wrong key', 'Basic wrong', 401, 'invalid_client'],
    ['the key in base64', `Basic ${btoa('emulated-dive-key:')}`, 401, 'invalid_client'],
    ['no key', undefined, 401, 'unauthorized'],
  ])('%s is refused', async (_, authorization, status, error) => {
    const emulation = useEmulation(real)
    const response = await postForm(`${host}/token?grant_type=device_credentials`, deviceFields(emulation), {
      headers: authorization ? { authorization } : {},
    })
    expect([response.status, ((await response.json()) as Reply).error]).toEqual([status, error])
  })

  it('wrong credentials are 400 invalid_grant; a password that is not its MD5 is wrong', async () => {
    const emulation = useEmulation(real)
    const { username, password } = emulation.credentials.diveUser
    const fields = { username, password }
    const response = await postForm(`${host}/token?grant_type=user_credentials`, fields, { headers: keyHeader(emulation) })
    expect([response.status, ((await response.json()) as Reply).error]).toEqual([400, 'invalid_grant'])
  })

  it('an expired access token is 401 invalid_token, and the description repeats it', async () => {
    const clock = createFakeClock()
    const emulation = useEmulation({ ...real, now: clock.now })
    const { access_token } = await signIn(emulation)
    clock.advance(9_000_000)
    const response = await fetch(`${host}/movies`, { headers: { authorization: `Bearer ${access_token}` } })
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ error: 'invalid_token', error_description: `Access token expired: ${access_token}` })
  })

  it('an expired refresh token is 401 invalid_token on the token endpoint too; before, it works again and again', async () => {
    const clock = createFakeClock()
    const emulation = useEmulation({ ...real, now: clock.now })
    const { refresh_token } = await signIn(emulation)
    const refresh = () => postForm(`${host}/token?grant_type=refresh_token`, { refresh_token }, { headers: keyHeader(emulation) })
    expect([(await refresh()).status, (await refresh()).status]).toEqual([200, 200])
    clock.advance(180 * 86_400_000)
    const late = await refresh()
    const reply = (await late.json()) as Reply
    expect([late.status, reply.error]).toEqual([401, 'invalid_token'])
    expect(reply.error_description).toContain(refresh_token)
  })

  it.each(['/movies', '/channels'])('%s come in pages: 206 and a key while more follow, then 200', async (path) => {
    const emulation = useEmulation(real)
    const { access_token } = await signIn(emulation)
    const seen = new Set<string>()
    const statuses: number[] = []
    let key: string | undefined = ''
    let total = 0
    while (key !== undefined) {
      const query = new URLSearchParams({ size: '5', ...(key ? { paginate_key: key } : {}) })
      const response: Response = await fetch(`${host}${path}?${query}`, { headers: { authorization: `Bearer ${access_token}` } })
      const page = (await response.json()) as { data: unknown[]; total: number; paginate_key?: string }
      for (const row of page.data) seen.add(JSON.stringify(row))
      statuses.push(response.status)
      key = page.paginate_key
      total = page.total
    }
    expect(seen.size).toBe(total)
    expect(statuses).toEqual([...Array.from({ length: Math.ceil(total / 5) - 1 }, () => 206), 200])
  })

  it('a call without a token, with an unknown one, to an unknown path', async () => {
    useEmulation(real)
    const ask = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${host}${path}`, { headers })
      return [response.status, ((await response.json()) as Reply).error]
    }
    expect(await ask('/movies')).toEqual([401, 'unauthorized'])
    expect(await ask('/movies', { authorization: 'Bearer unknown' })).toEqual([401, 'invalid_token'])
    expect(await ask('/nothing')).toEqual([404, 'not_found'])
  })

  it('a page key that is none begins at the start', async () => {
    const emulation = useEmulation(real)
    const { access_token } = await signIn(emulation)
    const read = async (key: string) =>
      (await fetch(`${host}/movies?size=1&paginate_key=${key}`, { headers: { authorization: `Bearer ${access_token}` } })).json()
    expect(await read('%%25')).toMatchObject({ data: [{ movie_id: 'm1001' }] })
    expect(await read('bm9uZQ')).toMatchObject({ data: [{ movie_id: 'm1001' }] })
  })
})
