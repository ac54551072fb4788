import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { createInstalledUser } from '../support/cli-process.ts'
import { startOidcServer, visit } from '../support/oidc-server.ts'

/** A user of the installed command whose profile is of a certified OpenID provider, in real HTTP. */
async function start() {
  const server = await startOidcServer()
  const { issuer } = server
  const user = createInstalledUser(inject('consumer'))
  const opened = join(user.home, 'opened')
  const browser = join(user.home, 'browser')
  writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > ${opened}.part\nmv ${opened}.part ${opened}\n`, { mode: 0o755 })
  const provider = {
    name: 'oidc',
    apiUrl: `${issuer}/api`,
    tokenUrl: `${issuer}/token`,
    authorizationUrl: `${issuer}/auth`,
    deviceAuthorizationUrl: `${issuer}/device/auth`,
    revocation: { url: `${issuer}/token/revocation` },
    issuer,
  }
  const signIn = { scope: 'openid offline_access', parameters: { prompt: 'consent' } }
  user.write({ me: { provider, grant: { type: 'authorizationCode', clientId: 'command-line' }, signIn } })
  const address = async (): Promise<string> => {
    await expect.poll(() => existsSync(opened)).toBe(true)
    return readFileSync(opened, 'utf8')
  }
  return { ...server, user, address, env: { ...user.env, BROWSER: browser } }
}

const tokenRequests = (requests: readonly string[]) => requests.filter((one) => one === 'POST /token').length

describe('the installed command, at oidc-provider', () => {
  it('login in a browser → fetch, a renewal by the rotated refresh token, and a logout that the server knows of', async () => {
    const { user, env, address, requests, apiUrl, issuer } = await start()
    const login = user.start(['login', 'me'], { env })
    const { url } = await visit(await address())
    expect(await (await fetch(url)).text()).toBe('You are signed in. You can close this page.\n')
    const { status, stdout, stderr } = await login.ended
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/\nSigned in\. The token is valid until .*\n$/)

    expect(await user.run(['fetch', 'me', '/'])).toEqual({ status: 0, stdout: '{"client":"command-line","account":"ada"}', stderr: '' })
    const first = (await user.run(['token', 'me'])).stdout.trim()
    user.expireStored()
    const renewed = (await user.run(['token', 'me'])).stdout.trim()
    expect([renewed === first, renewed.length > 20, tokenRequests(requests)]).toEqual([false, true, 2])

    const { refreshToken = '' } = user.readStored()
    expect(await user.run(['logout', 'me'])).toEqual({
      status: 0,
      stdout: '',
      stderr: 'The token is forgotten, and the server has ended it.\n',
    })
    expect((await fetch(apiUrl, { headers: { authorization: `Bearer ${renewed}` } })).status).toBe(401)
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'command-line', refresh_token: refreshToken })
    expect(await (await fetch(`${issuer}/token`, { method: 'POST', body: form })).json()).toMatchObject({ error: 'invalid_grant' })
    expect(await user.run(['token', 'me'])).toMatchObject({ status: 4, stdout: '' })
  })

  it('login --device → the token is there when the code was entered', async () => {
    const { user } = await start()
    const login = user.start(['login', 'me', '--device'])
    await expect.poll(() => login.output.stderr).toMatch(/^ {2}http\S+$/m)
    const [, link = ''] = /^ {2}(http\S+)$/m.exec(login.output.stderr) ?? []
    expect((await visit(link)).text).toContain('Sign-in Success')
    expect(await login.ended).toMatchObject({ status: 0, stdout: '' })
    expect((await user.run(['fetch', 'me', '/'])).stdout).toBe('{"client":"command-line","account":"ada"}')
  })

  it('login --device, and the user says no → one line, and exit status 1', async () => {
    const { user } = await start()
    const login = user.start(['login', 'me', '--device'])
    await expect.poll(() => login.output.stderr).toMatch(/^ {2}http\S+$/m)
    const [, link = ''] = /^ {2}(http\S+)$/m.exec(login.output.stderr) ?? []
    await visit(link, 'abort')
    const { status, stderr } = await login.ended
    expect(status).toBe(1)
    expect(stderr).toMatch(/\ntokenwell: .*said no.*\n$/)
  })

  it('a refresh token that the server has revoked → exit status 4, and how to sign in', async () => {
    const { user, env, address, provider } = await start()
    const login = user.start(['login', 'me'], { env })
    await fetch((await visit(await address())).url)
    await login.ended
    const { refreshToken = '' } = user.readStored()
    await (await provider.RefreshToken.find(refreshToken))?.destroy()
    user.expireStored()
    const { status, stderr } = await user.run(['token', 'me'])
    expect([status, stderr]).toEqual([4, 'tokenwell: A person has to sign in: tokenwell login me\n'])
  })
})
