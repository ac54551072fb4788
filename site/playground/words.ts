import type { CallsResult } from './playground.ts'

/** How some calls ended, in two or three sentences. */
export function describeCalls({ ends, tookMs, tokenRequests, rejectedCalls }: CallsResult): string {
  const answers = new Map<string, number>()
  for (const end of ends) {
    const answer = 'status' in end ? `answered ${end.status}` : `failed with ${end.error.name}`
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  }
  const parts = [...answers].map(([answer, count]) => (ends.length === 1 ? `The call was ${answer}` : `${count} calls: ${answer}`))
  return [
    `${parts.join(', ').replace('was failed', 'failed')} in ${(tookMs / 1000).toFixed(1)} s.`,
    `${countOf(tokenRequests, 'token request')}.`,
    ...(rejectedCalls > 0 ? [`The API rejected ${countOf(rejectedCalls, 'call')}: ${recovery(ends)}.`] : []),
  ].join(' ')
}

/** What a program would show of the first error, or the beginning of the first body. */
export function showFirstEnd({ ends }: CallsResult): string {
  const failed = ends.find((end) => 'error' in end)
  if (failed && 'error' in failed) {
    const { name, code, message } = failed.error
    return `${name}${code === undefined ? '' : ` (${code})`}: ${message}`
  }
  const [first] = ends
  const body = first && 'status' in first ? first.body : ''
  return body.length > longest ? `${body.slice(0, longest)} …` : body
}

const longest = 280

function recovery(ends: CallsResult['ends']): string {
  return ends.every((end) => 'status' in end && end.status < 400)
    ? 'the token was renewed, and the call sent again'
    : 'it got no better token'
}

function countOf(count: number, what: string): string {
  return `${count === 0 ? 'No' : count} ${what}${count === 1 ? '' : 's'}`
}
