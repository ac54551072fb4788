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
  const say = async (incoming: IncomingMessage, outgoing: ServerResponse, isYes: boolean): Promise<void> => {
    const { params, grantId: earlier } = await provider.interactionDetails(incoming, outgoing)
    if (!isYes) {
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
      if (incoming.method === 'POST') return say(incoming, outgoing, (incoming.url ?? '').endsWith('/yes'))
      const { uid } = await provider.interactionDetails(incoming, outgoing)
      outgoing.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': `default-src 'none'; img-src data:; base-uri 'none'; form-action 'self' ${formMayLeadTo}; frame-ancestors 'none'`,
      })
      outgoing.end(buildPage(uid, visitor.name))
    },
  }
}

/** Without a style of its own, it looks as the browser has it: no file is needed, and the policy stays the strictest. */
function buildPage(uid: string, name: string): string {
  const path = `/interaction/${encodeURIComponent(uid)}`
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Sign in</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <main>
      <h1>Sign in as ${name}?</h1>
      <p>«Cities and cameras» would learn your name. You need no password here.</p>
      <form method="post" action="${path}/yes"><button id="yes" autofocus>Yes, sign in</button></form>
      <form method="post" action="${path}/no"><button id="no">No</button></form>
    </main>
  </body>
</html>
`
}
