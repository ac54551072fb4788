import { STATUS_CODES } from 'node:http'
import { abortable } from '../../base/abortable.ts'
import { resolveUrl } from '../api-url.ts'
import type { ProfileCall, Verb } from '../call.ts'
import { exitStatus, UsageError } from '../failure.ts'
import { findOutput } from '../output-file.ts'
import { readData } from '../request-data.ts'
import { saveBody, showBody } from '../response-body.ts'

export const fetchUrl: Verb = {
  summary: 'Calls the API with the token, as curl would.',
  text: 'Sends a request with the token, and writes the body of the response to standard output. A URL without a host is joined to the address of the API. A rejected token is renewed, and the call sent once more.\nA redirect is followed for a GET without headers of yours.\nThe exit status is 0 for a status of 2xx, and 1 for 4xx, 5xx and a redirect that is not followed.',
  operands: ['URL'],
  options: {
    method: { short: 'X', value: 'METHOD', text: 'GET by default; POST with data.' },
    header: { short: 'H', value: 'NAME:VALUE', isRepeated: true, text: 'A header of the request. May be repeated.' },
    data: { short: 'd', value: 'DATA', text: 'The body: text, @FILE, or @- for standard input. A form, unless a header says else.' },
    json: { value: 'DATA', text: 'The body as --data has it, with Content-Type: application/json.' },
    output: {
      short: 'o',
      value: 'FILE',
      text: 'Writes the body into a file, once it is there as a whole. That of another status than 2xx goes to standard output.',
    },
  },
  example: 'tokenwell fetch cameras cameras.json\ntokenwell fetch cameras cameras.json \\\n  --json \'{"city": "Paris"}\'',
  async runWith(call) {
    const { operands, options, profile, signal, terminal } = call
    const path = options['output'] as string | undefined
    const output = path === undefined ? undefined : await findOutput(path)
    const init = await readInit(call)
    const tokens = profile.createManager()
    const url = await resolveUrl(tokens, operands[0] as string, () => profile.patiently(() => tokens.getToken({ signal })))
    const response = await profile.patiently(() => tokens.fetch(url, { ...init, signal }))
    const isSuccess = response.ok || response.status === 304
    // First: the body may be long, and end anywhere in a line.
    if (!isSuccess) await terminal.note(`tokenwell: ${describeAnswer(response, url)}`)
    // What says that something went wrong takes no file's place.
    if (output && isSuccess) await saveBody(response, output, { terminal, signal })
    else await showBody(response, { terminal, signal })
    return isSuccess ? exitStatus.done : exitStatus.failed
  },
}

function describeAnswer({ status, headers }: Response, url: string): string {
  const answer = `The API answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()
  const location = headers.get('location')
  if (status >= 400 || location === null || !URL.canParse(location, url)) return answer
  // Without the query, which may hold a secret.
  const { origin, pathname } = new URL(location, url)
  return `${answer}, which leads to ${origin}${pathname} and was not followed`
}

async function readInit({ options, profile, signal, terminal }: ProfileCall): Promise<RequestInit> {
  const { data, json, method } = options as { data?: string; json?: string; method?: string }
  if (data !== undefined && json !== undefined) throw new UsageError('--data goes without --json')
  const headers = readHeaders((options['header'] ?? []) as readonly string[])
  const given = data ?? json
  if (method !== undefined) checkMethod(method, given !== undefined)
  if (given === undefined) return { headers, ...(method && { method: method.toUpperCase() }), redirect: chooseRedirect(method, headers) }
  if (given === '@-' && profile.secrets.usesInput)
    throw new UsageError('A secret of this profile comes from standard input: the data cannot.')
  if (!headers.has('content-type'))
    headers.set('content-type', json === undefined ? 'application/x-www-form-urlencoded' : 'application/json')
  return {
    headers,
    method: method?.toUpperCase() ?? 'POST',
    body: await abortable(readData(given, terminal.stdin), signal),
    redirect: 'manual',
  }
}

/** What a caller gives is for the URL that they name: platforms carry data and headers to wherever a redirect leads. */
function chooseRedirect(method = 'GET', headers: Headers): RequestRedirect {
  return /^(get|head)$/i.test(method) && [...headers].length === 0 ? 'follow' : 'manual'
}

/** What `fetch` would refuse. */
function checkMethod(method: string, hasData: boolean): void {
  const isMethod = /^[\w!#$%&'*+.^`|~-]+$/.test(method) && !/^(connect|trace|track)$/i.test(method)
  if (!isMethod) throw new UsageError('--method must be one that can be sent, such as PUT')
  if (hasData && /^(get|head)$/i.test(method)) throw new UsageError(`${method} goes without data`)
}

function readHeaders(given: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of given) {
    const at = line.indexOf(':')
    try {
      if (at < 1) throw new TypeError('no name')
      headers.append(line.slice(0, at).trim(), line.slice(at + 1).trim())
    } catch {
      // Without the header: it may hold a secret.
      throw new UsageError("--header must be a name and a value: 'Accept: text/csv'")
    }
  }
  return headers
}
