import { type Route, route } from '../route.ts'
import type { EmulatedSystem } from './emulated-system.ts'
import { isRedirectTo, refuseTokenRequest } from './oauth-server.ts'

/** An application whose users are asked whether they agree. */
export interface ConsentClient {
  readonly clientId: string
  readonly redirectUri?: string
  readonly name: string
}

export interface ConsentOptions {
  /** The applications as they are now. */
  clients(): readonly ConsentClient[]
  isKnownScope(scope: string): boolean
  createText(): string
}

/** A request for a code (RFC 6749 §4.1.1) that was found right. */
interface Authorization {
  readonly client: ConsentClient
  readonly redirectUri: string
  readonly scope: string | null
  readonly state: string | null
}

const codeLifetimeMs = 30_000

/**
 * The pages where a user logs in and agrees, as Camdram has them: a log-in where there is no session, then Allow and
 * Deny, and a redirect at once for what was agreed to before. There is one user, who needs no password.
 */
export function createConsentPages(system: EmulatedSystem<unknown>, options: ConsentOptions): Route[] {
  const sessions = new Set<string>()
  const agreed = new Map<string, Set<string>>()
  system.onReset(() => {
    sessions.clear()
    agreed.clear()
  })
  const hasSession = (request: Request): boolean =>
    [...(request.headers.get('cookie') ?? '').matchAll(/PHPSESSID=(\w+)/g)].some(([, id = '']) => sessions.has(id))
  const isAgreed = ({ client, scope }: Authorization): boolean =>
    agreed.has(client.clientId) && listScopes(scope).every((one) => agreed.get(client.clientId)?.has(one))

  const ask = async (request: Request): Promise<Response> => {
    const { pathname, search, searchParams } = new URL(request.url)
    if (!hasSession(request)) return redirect(`${system.url('/auth/login')}?_target_path=${encodeURIComponent(pathname + search)}`)
    const asked = readAuthorization(options, searchParams)
    if (asked instanceof Response) return asked
    if (request.method === 'POST') {
      const isAllowed = new URLSearchParams(await request.text()).has('accepted')
      if (!isAllowed) return redirectWithError(asked, 'access_denied', 'The user denied access to your application')
      agreed.set(asked.client.clientId, new Set([...(agreed.get(asked.client.clientId) ?? []), ...listScopes(asked.scope)]))
    }
    return isAgreed(asked) ? redirectWithCode(system, options, asked) : showPage(buildConsentPage(asked, pathname + search))
  }

  const logIn = ({ request }: { request: Request }): Response => {
    const { pathname, search, searchParams } = new URL(request.url)
    if (request.method !== 'POST') return showPage(buildLogInPage(pathname + search))
    const id = options.createText()
    sessions.add(id)
    const target = searchParams.get('_target_path') ?? ''
    // A path of this server only.
    const location = /^\/(?![/\\])/.test(target) ? new URL(target, request.url).href : system.url('/')
    return redirect(location, { 'set-cookie': `PHPSESSID=${id}; path=/; HttpOnly; SameSite=Lax` })
  }

  return [
    route.get(system.url('/oauth/v2/auth'), ({ request }) => ask(request)),
    route.post(system.url('/oauth/v2/auth'), ({ request }) => ask(request)),
    route.get(system.url('/auth/login'), logIn),
    route.post(system.url('/auth/login'), logIn),
  ]
}

/** What is asked for; or the answer where it cannot be: to the user where the address is not to be trusted, else to the application. */
function readAuthorization({ clients, isKnownScope }: ConsentOptions, query: URLSearchParams): Authorization | Response {
  const clientId = query.get('client_id')
  if (!clientId) return refuseTokenRequest('invalid_request', 'No client id supplied')
  const client = clients().find((known) => known.clientId === clientId)
  if (!client) return refuseTokenRequest('invalid_client', 'Unknown client')
  const redirectUri = query.get('redirect_uri')
  if (!redirectUri) return refuseTokenRequest('redirect_uri_mismatch', 'The redirect URI is mandatory and was not supplied.')
  if (client.redirectUri === undefined || !isRedirectTo(redirectUri, client.redirectUri)) {
    return refuseTokenRequest('redirect_uri_mismatch', 'The redirect URI provided does not match registered URI(s).')
  }
  const asked = { client, redirectUri, scope: query.get('scope') || null, state: query.get('state') }
  const responseType = query.get('response_type')
  if (!responseType) return redirectWithError(asked, 'invalid_request', 'Invalid response type.')
  if (responseType !== 'code') return redirectWithError(asked, 'unsupported_response_type')
  if (!listScopes(asked.scope).every(isKnownScope)) {
    return redirectWithError(asked, 'invalid_scope', 'An unsupported scope was requested.')
  }
  return asked
}

function redirectWithCode({ ledger, now }: EmulatedSystem<unknown>, { createText }: ConsentOptions, asked: Authorization): Response {
  const { client, redirectUri, scope, state } = asked
  const code = createText()
  ledger.recordCode({ code, clientId: client.clientId, redirectUri, scope, expiresAt: now() + codeLifetimeMs })
  return redirectBack(redirectUri, { state, code })
}

function redirectWithError(
  { redirectUri, state }: Pick<Authorization, 'redirectUri' | 'state'>,
  error: string,
  description?: string,
): Response {
  return redirectBack(redirectUri, { error, error_description: description ?? null, state })
}

function redirectBack(redirectUri: string, parameters: Readonly<Record<string, string | null>>): Response {
  const location = new URL(redirectUri)
  for (const [name, value] of Object.entries(parameters)) if (value !== null) location.searchParams.append(name, value)
  return redirect(location.href)
}

const redirect = (location: string, headers: Record<string, string> = {}): Response =>
  new Response(null, { status: 302, headers: { location, ...headers } })

const listScopes = (scope: string | null): string[] => scope?.split(' ').filter(Boolean) ?? []

const rights: Readonly<Record<string, string>> = {
  user_email: 'Read your e-mail address',
  user_shows: 'List the shows that you administer',
  user_orgs: 'List the societies and venues that you administer',
  write: 'Change shows in your name',
  write_org: 'Change societies and venues in your name',
}

function buildConsentPage({ client, scope }: Authorization, action: string): string {
  const wishes = ['Know who you are', ...listScopes(scope).map((one) => rights[one] ?? one)]
  return buildPage(
    'Authorise',
    `<p><strong>${escapeHtml(client.name)}</strong> would like to:</p>
      <ul>${wishes.map((wish) => `<li>${escapeHtml(wish)}</li>`).join('')}</ul>
      <form method="post" action="${escapeHtml(action)}">
        <input type="submit" id="allow" name="accepted" value="Allow">
        <input type="submit" id="deny" name="rejected" value="Deny">
      </form>`,
  )
}

const buildLogInPage = (action: string): string =>
  buildPage(
    'Log in',
    `<p>This Camdram is emulated: it has one user, who needs no password.</p>
      <form method="post" action="${escapeHtml(action)}"><input type="submit" id="log-in" value="Log in"></form>`,
  )

// Two colours of each browser's own choice, light or dark, and a field to press that a finger finds.
const style = `body { max-width: 26rem; margin: 12vh auto; padding: 0 20px; font: 16px / 1.5 system-ui, sans-serif }
input { min-width: 7rem; min-height: 44px; padding: 0 16px; border: 1px solid; border-radius: 7px; background: Canvas; color: CanvasText; font: inherit; font-weight: 600; cursor: pointer }
#allow, #log-in { background: CanvasText; color: Canvas }`

function buildPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} | Camdram</title>
    <link rel="icon" href="data:,">
    <style>${style}</style>
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      ${body}
    </main>
  </body>
</html>
`
}

const showPage = (page: string): Response => new Response(page, { headers: { 'content-type': 'text/html; charset=UTF-8' } })

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
