import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'

export interface ConsentPage {
  isMeant(pathname: string): boolean
  answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>
}

export interface ConsentPageOptions {
  provider: Provider
  visitor: { sub: string; name: string }
  scope: string
  /** Where the answer leads in the end: browsers hold the form's redirects to it. */
  formMayLeadTo: string
}

/** The page of the authorization server where its user says yes or no. */
export function createConsentPage({ provider, visitor, scope, formMayLeadTo }: ConsentPageOptions): ConsentPage {
  const say = async (incoming: IncomingMessage, outgoing: ServerResponse, isAllowed: boolean): Promise<void> => {
    const { params, grantId: earlier } = await provider.interactionDetails(incoming, outgoing)
    if (!isAllowed) {
      const refusal = { error: 'access_denied', error_description: 'The visitor said no' }
      return provider.interactionFinished(incoming, outgoing, refusal, { mergeWithLastSubmission: false })
    }
    // Signing in and agreeing are one step here.
    // A second tab that signs in must not end what the first one has got: a grant that takes the place of another one would.
    const known = earlier === undefined ? undefined : await provider.Grant.find(earlier)
    const grant = known ?? new provider.Grant({ accountId: visitor.sub, clientId: String(params['client_id']) })
    grant.addOIDCScope(scope)
    const grantId = await grant.save()
    await provider.interactionFinished(incoming, outgoing, { login: { accountId: visitor.sub }, consent: { grantId } })
  }

  return {
    isMeant: (pathname) => pathname.startsWith('/interaction/'),
    async answer(incoming, outgoing) {
      if (incoming.method === 'POST') return say(incoming, outgoing, (incoming.url ?? '').endsWith('/allow'))
      const { uid } = await provider.interactionDetails(incoming, outgoing)
      outgoing.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': `default-src 'none'; style-src '${styleHash}'; img-src data:; base-uri 'none'; form-action 'self' ${formMayLeadTo}; frame-ancestors 'none'`,
      })
      outgoing.end(buildConsentPage(uid, visitor.name))
    },
  }
}

// In the page itself, so that no file is needed. The policy allows this style by its hash, and no other one.
const style = `
:root { color-scheme: light dark; --ground: #eff3f1; --panel: #fff; --ink: #12211d; --soft: #4a5b56; --line: #7d8f89; --good: #0b6b5d; --on-good: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0b1211; --panel: #131c1a; --ink: #e7efec; --soft: #a0b3ad; --line: #667a74; --good: #58c9b5; --on-good: #062a24 }
}
* { box-sizing: border-box }
body { display: grid; min-height: 100svh; margin: 0; padding: 16px; place-items: center; background: var(--ground); color: var(--ink); font: 15px / 1.45 system-ui, sans-serif }
main { width: 100%; max-width: 26rem; padding: 24px; border: 1px solid var(--line); border-radius: 10px; background: var(--panel) }
h1 { margin: 0 0 12px; font-size: 1.5rem; line-height: 1.15; letter-spacing: -0.02em }
p, ul { margin: 0 0 12px }
ul { padding-left: 1.2em }
.whose { color: var(--soft); font-size: .87rem }
form { display: flex; gap: 10px; margin-top: 20px }
button { flex: 1; min-height: 44px; border: 1px solid var(--line); border-radius: 7px; background: var(--panel); color: var(--ink); font: inherit; font-weight: 600; cursor: pointer }
#allow { border-color: var(--good); background: var(--good); color: var(--on-good) }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px }
`
const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`

function buildConsentPage(uid: string, name: string): string {
  const path = `/interaction/${encodeURIComponent(uid)}`
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Sign in to Cities and cameras</title>
    <link rel="icon" href="data:,">
    <style>${style}</style>
  </head>
  <body>
    <main>
      <p class="whose">The authorization server of tokenwell’s example, on this machine</p>
      <h1>Sign in as ${name}?</h1>
      <p>«Cities and cameras» would like to:</p>
      <ul><li>know your name</li></ul>
      <p class="whose">You need no password here.</p>
      <form method="post">
        <button id="allow" formaction="${path}/allow" autofocus>Allow</button>
        <button id="deny" formaction="${path}/deny">Deny</button>
      </form>
    </main>
  </body>
</html>
`
}
