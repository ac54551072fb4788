import type { CallsResult } from './playground.ts'

/** How some calls ended, in two or three sentences. */
export function describeCalls({ ends, tookMs, tokenRequests, rejectedCalls }: CallsResult): string {
  const counts = new Map<string, number>()
  for (const end of ends) {
    const way = 'status' in end ? `answered ${end.status}` : `failed with ${end.error.name}`
    counts.set(way, (counts.get(way) ?? 0) + 1)
  }
  const ways = [...counts].map(([way, count]) => `${countOf(count, 'call')}: ${way}`)
  const seconds = (tookMs / 1000).toFixed(1)
  const [only] = counts.keys()
  const whole = ends.length === 1 && only ? `The call ${only.startsWith('answered') ? 'was ' : ''}${only}` : ways.join(', ')
  return [
    `${whole} in ${seconds} s.`,
    `${countOf(tokenRequests, 'token request')}.`,
    ...(rejectedCalls > 0 ? [`The API rejected ${countOf(rejectedCalls, 'call')}: ${recovery(ends)}.`] : []),
  ].join(' ')
}

/** What a program would show of the first error, or the beginning of the first body. */
export function showFirstEnd({ ends }: CallsResult): string {
  for (const end of ends) {
    if (!('error' in end)) continue
    const { name, code, message } = end.error
    return `${name}${code === undefined ? '' : ` (${code})`}: ${message}`
  }
  const [first] = ends
  const body = first && 'status' in first ? first.body : ''
  return body.length > longest ? `${body.slice(0, longest)} …` : body
}

const longest = 280

function recovery(ends: CallsResult['ends']): string {
  const isRecovered = ends.every((end) => 'status' in end && end.status < 400)
  return isRecovered ? 'the token was renewed, and the call sent again' : 'no better token was found'
}

function countOf(count: number, what: string): string {
  return `${count === 0 ? 'No' : count} ${what}${count === 1 ? '' : 's'}`
}
