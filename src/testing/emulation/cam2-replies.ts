import type { EmulatedSystem } from './emulated-system.ts'
import { readFields } from './request-fields.ts'

/** Replies of Django and of its REST framework, under CAM2. */

export const detail = (status: number, text: string): Response => Response.json({ detail: text }, { status })
export const nonFieldError = (text: string): Response => fieldErrors({ non_field_errors: text })
export const outOfOrder = (): Response => new Response('Server Error (500)', { status: 500, headers: { 'content-type': 'text/plain' } })

export function fieldErrors(errors: Readonly<Record<string, string>>): Response {
  return Response.json(Object.fromEntries(Object.entries(errors).map(([name, text]) => [name, [text]])), { status: 400 })
}

/** The framework's headers. A `HEAD` has no body, whatever it is answered with. */
export function finish(response: Response, request: Request, methods?: readonly string[]): Response {
  const finished = request.method === 'HEAD' ? new Response(null, response) : response
  if (methods) {
    finished.headers.set('allow', [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', '))
    finished.headers.set('vary', 'Accept')
  }
  finished.headers.set('x-frame-options', 'SAMEORIGIN')
  return finished
}

/** What a request sends, or the refusal. */
export async function readData(
  { cam2Era }: Pick<EmulatedSystem<unknown>, 'cam2Era'>,
  request: Request,
): Promise<Record<string, unknown> | Response> {
  const { encoding, contentType, value } = await readFields(request)
  const isRead = encoding === 'json' || encoding === 'none' || (cam2Era === 'form' && encoding !== 'other')
  if (!isRead) return detail(415, `Unsupported media type "${contentType}" in request.`)
  if (value === undefined) return detail(400, 'JSON parse error - Expecting value: line 1 column 1 (char 0)')
  if (value === null) return nonFieldError('No data provided')
  if (typeof value !== 'object' || Array.isArray(value)) {
    return nonFieldError(`Invalid data. Expected a dictionary, but got ${nameType(value)}.`)
  }
  return value as Record<string, unknown>
}

/** As Python names it. */
function nameType(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  return Number.isInteger(value) ? 'int' : 'float'
}
