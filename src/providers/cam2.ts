import { readBody } from '../base/read-body.ts'
import { clientCredentials } from '../grants/client-credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { readPath } from '../vocabulary/paths.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { parseBaseUrl } from './base-url.ts'
import { type ClientOrGrant, completeGrant } from './complete-grant.ts'

export type Cam2Options = ClientOrGrant & {
  /** @default 'http://127.0.0.1:8000' */
  baseUrl?: string
}

const oneDayMs = 86_400_000
const maxRejectionBytes = 16_384

/**
 * CAM2: network cameras. Its access tokens hold the client secret in clear. It sends no CORS headers: web pages need
 * `tokenwell/proxy`.
 * @throws ConfigurationError naming the option that is missing or wrong
 */
export function cam2(options: Cam2Options): { provider: Provider; grant: Grant } {
  const { baseUrl = 'http://127.0.0.1:8000' } = options
  const base = parseBaseUrl(baseUrl)
  return {
    provider: {
      name: 'cam2',
      apiUrl: base,
      // Without the last slash it redirects, and a redirect turns into a GET.
      tokenUrl: `${base}/token/`,
      tokenRequest: {
        // Versions up to July 2017 take both, later ones JSON only.
        encoding: ['form', 'json'],
        clientAuthentication: 'body',
        parameterNames: { grant_type: false },
      },
      renewal: {
        by: 'access_token',
        url: `${base}/refresh_token/`,
        parameter: 'token',
        windowMs: oneDayMs,
        windowFrom: 'orig_iat',
        request: { clientAuthentication: 'none', parameterNames: { client_id: false } },
      },
      tokenResponse: {
        accessToken: 'token',
        // The document's spelling, and the server's.
        tokenType: ['token_type', 'token type'],
        expiresIn: ['expires in', 'expires_in'],
        // The field says 60 where the token lives for an hour.
        lifetimeFrom: 'jwt',
        error: readCam2Error,
      },
      authorization: { scheme: 'JWT' },
      isRejection: isCam2Rejection,
    },
    grant: options.grant ? completeGrant(options.grant, options) : clientCredentials(options),
  }
}

/** CAM2 answers a rejected token and a missing right with 403 alike: only the text tells them apart. */
async function isCam2Rejection(response: Response): Promise<boolean> {
  if (response.status !== 403) return false
  try {
    const { detail } = JSON.parse((await readBody(response, maxRejectionBytes)) ?? '{}')
    return /^(Signature has expired|Decode Error|Please provide JWT authentication credentials)\.?$|^Invalid Payload\./.test(detail)
  } catch {
    return false
  }
}

/**
 * Django REST framework's errors: a list under `non_field_errors`, or under the name of a field that is wrong. What a
 * token is refused for and what a client is refused for differ in their words only.
 */
function readCam2Error(status: number, body: unknown) {
  if (status !== 400 && status !== 401 && status !== 403) return undefined
  const words = [typeof body === 'object' && body ? Object.values(body) : body].flat(2).find((value) => typeof value === 'string')
  if (readPath(body, 'token') || /expired|decod|signature|payload|orig_iat/i.test(words ?? '')) {
    return { error: 'invalid_grant', errorDescription: words }
  }
  const isAboutClient = readPath(body, ['non_field_errors', 'client_id', 'client_secret'])
  return isAboutClient ? { error: 'invalid_client', errorDescription: words } : undefined
}
