import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizationCode, discover, memoryStore, privateKeyJwt, SignInFailedError, TokenManager } from '../../src/index.ts'
import { startDeviceSignIn } from '../../src/sign-in.ts'
import { jwkOf, keyPairs, pemOf } from '../support/signing-keys.ts'

// A server of other authors than oidc-provider's: better-auth with its OAuth provider, in a process of its own.

interface Server {
  readonly issuer: string
  readonly service: { readonly client_id: string; readonly client_secret: string }
  readonly signer: { readonly client_id: string }
  readonly television: { readonly client_id: string }
}

const { privateKey, publicKey } = keyPairs.ES256
let child: ChildProcess
let server: Server
let apiUrl: string

beforeAll(async () => {
  const port = await findFreePort()
  const key = JSON.stringify({ ...jwkOf(publicKey), kid: 'k1', alg: 'ES256', use: 'sig' })
  const program = resolve(import.meta.dirname, '../../tools/oauth-servers/better-auth.mjs')
  child = spawn(process.execPath, [program, String(port), key], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  })
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string]
  server = JSON.parse(line)
  apiUrl = `http://127.0.0.1:${port}/api/things`
})

afterAll(() => child?.kill('SIGKILL'))

describe('discovery at better-auth, whose issuer has a path', () => {
  it('its metadata at the place of RFC 8414 → a preset that gets a token, and ends it', async () => {
    const { client_id: clientId, client_secret: clientSecret } = server.service
    const preset = await discover({ issuer: server.issuer, apiUrl, clientId, clientSecret, scope: 'things' })
    expect(preset.provider).toMatchObject({
      tokenUrl: `${server.issuer}/oauth2/token`,
      deviceAuthorizationUrl: `${server.issuer}/device/code`,
      revocation: { url: `${server.issuer}/oauth2/revoke` },
      tokenRequest: { clientAuthentication: 'basic' },
    })
    const tokens = new TokenManager(preset)
    expect((await tokens.getToken()).scope).toEqual(['things'])
    await tokens.revoke()
  })

  it('a slash more → is another issuer', async () => {
    const { client_id: clientId } = server.television
    const options = { issuer: `${server.issuer}/`, apiUrl, clientId, grant: authorizationCode({ clientId }) }
    await expect(discover(options)).rejects.toThrow(`is that of another issuer (${server.issuer})`)
  })
})

describe('a client that signs, at better-auth', () => {
  const open = async (key = pemOf(privateKey), audience?: string) => {
    const clientAuthentication = privateKeyJwt({ key, keyId: 'k1', audience })
    return new TokenManager(await discover({ issuer: server.issuer, apiUrl, clientId: server.signer.client_id, clientAuthentication }))
  }

  it.each([
    ['its own choice of audience', () => undefined],
    ['the token endpoint as audience', () => `${server.issuer}/oauth2/token`],
  ])('with %s → gets a token, a new assertion for each', async (_, audience) => {
    const tokens = await open(pemOf(privateKey), audience())
    const { accessToken } = await tokens.getToken()
    expect((await tokens.getToken({ forceRenewal: true })).accessToken).not.toBe(accessToken)
    tokens.dispose()
  })

  it('with another key → is refused', async () => {
    const tokens = await open(pemOf(keyPairs.RS256.privateKey))
    await expect(tokens.getToken()).rejects.toMatchObject({ code: 'refused', error: 'invalid_client' })
    tokens.dispose()
  })
})

describe('a sign-in on another device, at better-auth', () => {
  const begin = async () => {
    const { client_id: clientId } = server.television
    const grant = authorizationCode({ clientId })
    const { provider } = await discover({ issuer: server.issuer, apiUrl, clientId, grant })
    const signIn = await startDeviceSignIn({ provider, clientId, scope: 'openid offline_access' })
    return { provider, later: grant, ...signIn }
  }
  const answer = async (userCode: string, choice: 'yes' | 'no') => {
    const response = await fetch(`${new URL(server.issuer).origin}/answer?user_code=${userCode}&choice=${choice}`)
    expect(response.status).toBe(200)
  }

  it('the user agrees after some polls → the tokens are renewed, and found by the next process', async () => {
    const { provider, later, grant, userCode } = await begin()
    await new Promise((done) => setTimeout(done, 2_500))
    await answer(userCode, 'yes')
    const store = memoryStore()
    const tokens = new TokenManager({ provider, grant: await grant, store })
    const first = await tokens.getToken()
    const second = await tokens.getToken({ forceRenewal: true })
    expect(second.accessToken).not.toBe(first.accessToken)
    tokens.dispose()
    const next = new TokenManager({ provider, grant: later, store })
    expect((await next.getToken()).accessToken).toBe(second.accessToken)
    await next.revoke()
  })

  it('the user says no → SignInFailedError', async () => {
    const { grant, userCode } = await begin()
    await answer(userCode, 'no')
    const error = await grant.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SignInFailedError)
    expect(error).toMatchObject({ error: 'access_denied' })
  })
})

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
