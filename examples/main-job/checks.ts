import type { SystemRun } from './run-system.ts'

/** A promise of the package, and whether it was seen to be kept. */
export interface Check {
  readonly name: string
  readonly isKept: boolean
  /** What was seen instead. */
  readonly detail: string
}

/** What any run must have shown. */
export function checkCalls({ tally, system }: SystemRun, callers: number): Check[] {
  return [
    {
      name: `all ${callers} callers were served`,
      isKept: tally.servedCallers.size === callers,
      detail: `${tally.servedCallers.size} were`,
    },
    { name: 'no call failed', isKept: tally.failedCalls === 0, detail: `${tally.failedCalls} did, first: ${tally.firstFailure}` },
    { name: `${system.items} were listed`, isKept: tally.items.size > 0, detail: 'none were' },
    { name: 'one token was asked for when all called at once', isKept: tally.acquired === 1, detail: `${tally.acquired} were` },
    {
      name: 'token requests stayed few',
      isKept: tally.tokenRequests <= mostTokenRequests(tally),
      detail: `${tally.tokenRequests} were sent`,
    },
  ]
}

/** What a run with short tokens, a revocation and an outage must have shown, too. */
export function checkDisturbances({ tally }: SystemRun): Check[] {
  return [
    { name: 'tokens were renewed in the background', isKept: tally.renewals >= 2, detail: `${tally.renewals} renewals` },
    { name: 'the revoked token was rejected', isKept: tally.rejected > 0, detail: 'no call was' },
    {
      name: 'every rejected call was recovered',
      isKept: tally.recovered > 0 && tally.recovered === tally.rejected,
      detail: `${tally.recovered} of ${tally.rejected} were`,
    },
    { name: 'a renewal met the outage', isKept: tally.unansweredTokenRequests > 0, detail: 'none did' },
    { name: 'the token was renewed after the outage', isKept: tally.isRenewedAfterOutage, detail: 'it was not' },
    { name: 'callers were served during the outage', isKept: tally.callsInOutage > 0, detail: 'none were' },
  ]
}

/** Two for each token (some servers refuse the first encoding, CAM2 the renewal of a revoked token), and the outage's. */
function mostTokenRequests({ acquired, renewals, unansweredTokenRequests }: SystemRun['tally']): number {
  return 2 * (acquired + renewals) + unansweredTokenRequests + 2
}
