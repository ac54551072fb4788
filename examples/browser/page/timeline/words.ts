import type { TokenStatus } from 'tokenwell'
import { isHeld, type LaneEntry, type LaneId } from '../../shared/lane.ts'

export const laneTitles: Readonly<Record<LaneId, string>> = { musement: 'Musement', cam2: 'CAM2', camdram: 'Camdram', visitor: 'Visitor' }

/** Where the token is held, and how it is got. */
export const laneHomes: Readonly<Record<LaneId, string>> = {
  musement: 'on the server, for everybody',
  cam2: 'on the server, for everybody',
  camdram: 'on the server, in your session',
  visitor: 'in this page, for all tabs',
}

export const stateNames: Readonly<Record<TokenStatus['state'], string>> = {
  absent: 'No token',
  fresh: 'Fresh',
  aging: 'Aging',
  expired: 'Expired',
}

/** A duration in whole seconds, or minutes where it is long. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 100) return `${seconds} s`
  return `${Math.round(seconds / 60)} min`
}

/** Where a user has to sign in for a token: the button, and what it does. */
export const signIns: Readonly<Partial<Record<LaneId, { readonly href: string; readonly text: string }>>> = {
  camdram: { href: '#camdram-sign-in', text: 'sign in with Camdram' },
  visitor: { href: '#visitor-sign-in', text: 'sign in as a visitor' },
}

/** Why there is no token: the words before the link to the sign-in, where one helps. */
export function explainAbsence(id: LaneId, status: TokenStatus | undefined, now: number): { text: string; canSignIn: boolean } {
  const { code = '', retryAt = 0 } = status?.failure ?? {}
  if (retryAt > now) {
    const again = `asked again in ${formatDuration(retryAt - now)} at the earliest`
    return { text: `No token yet: ${explainCode(code)}, and is ${again}.`, canSignIn: false }
  }
  if (signIns[id]) return { text: 'No token yet: ', canSignIn: true }
  return { text: 'No token yet: the next call gets one.', canSignIn: false }
}

/** State, time left and next renewal of a token, in one line; empty where there is none. */
export function summarize(status: TokenStatus | undefined, now: number): string {
  if (!status || status.state === 'absent') return ''
  const { state, agingAt, expiresAt, isRenewing, failure } = status
  if (expiresAt === undefined) return 'Never expires'
  const retry =
    failure?.retryAt !== undefined && failure.retryAt > now ? `tried again in ${formatDuration(failure.retryAt - now)}` : undefined
  if (state === 'expired') return `Expired · ${isRenewing ? 'a new one is asked for' : (retry ?? 'the next call gets a new one')}`
  const left = `${formatDuration(expiresAt - now)} left`
  // A fresh token's renewal has just ended: the status is that of the moment.
  if (isRenewing && state !== 'fresh') return `${left} · being renewed`
  if (failure) return `${left} · renewal ${retry ?? 'tried again with the next call'}`
  if (state === 'aging') return `${left} · to be renewed`
  return `${left} · renewal in ${formatDuration((agingAt ?? expiresAt) - now)}`
}

/** What happened, as a line of the log. */
export function describeEntry(entry: LaneEntry): string {
  if (isHeld(entry)) {
    const { kind, generation, at, expiresAt } = entry
    const life = expiresAt === undefined ? '' : `, good for ${formatDuration(expiresAt - at)}`
    if (kind === 'acquired') return `Got token ${generation}${life}`
    if (kind === 'renewed') return `Renewed: token ${generation}${life}`
    return `Adopted from the store: token ${generation}${life}`
  }
  switch (entry.kind) {
    case 'rejected':
      return `The API rejected token ${entry.generation} with ${entry.status}`
    case 'replayed':
      return `Recovered: the call was sent again with token ${entry.generation}, and answered ${entry.status}`
    case 'failed':
      return entry.waiting ? `No token for a call: ${explainCode(entry.code)}` : `Renewal failed unnoticed: ${explainCode(entry.code)}`
    case 'signInRequired':
      return 'Somebody has to sign in'
    case 'cleared':
      return 'Forgotten: signed out'
    case 'degraded':
      return `The store fails (${entry.code}): the token is kept in memory`
    case 'warning':
      return `Warning: ${entry.code.replaceAll('_', ' ')}`
    case 'revoked':
      return 'You revoked the token'
    case 'cutOff':
      return `You cut the server off for ${formatDuration(entry.until - entry.at)}`
    case 'restored':
      return 'The server is back'
    case 'call':
      return `A call was answered ${entry.status}`
  }
}

/** What is said aloud: what a user has done, or would notice. Renewals come all the time, and are not. */
export function announce(id: LaneId, entry: LaneEntry): string | undefined {
  const isWorthIt =
    ['replayed', 'revoked', 'cutOff', 'restored', 'cleared', 'adopted'].includes(entry.kind) || (entry.kind === 'failed' && entry.waiting)
  return isWorthIt ? `${laneTitles[id]}: ${describeEntry(entry)}` : undefined
}

const codes: Readonly<Record<string, string>> = {
  unavailable: 'its server is out of order',
  refused: 'its server refused',
  network_failed: 'its server cannot be reached',
  timed_out: 'its server did not answer in time',
  invalid_token_response: 'its server answered nonsense',
  sign_in_required: 'somebody has to sign in',
}

function explainCode(code: string): string {
  return codes[code] ?? code.replaceAll('_', ' ')
}
