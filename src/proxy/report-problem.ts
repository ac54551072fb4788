import type { ProblemCode, ProxyProblem } from './problem.ts'

/** Tells the operator of a refusal. Its errors and rejections go nowhere. */
export type OnError = (error: ProxyProblem, request: Request) => unknown

/**
 * A reporter that never throws: to the given function, else a line on the console for the first problem of each code. Of a
 * caller that has gone away the console hears nothing: pages are closed all the time.
 */
export function createReporter(onError: OnError | undefined): (problem: ProxyProblem, request: Request) => void {
  if (onError) {
    // In a promise, so that neither a throw nor a rejection breaks the answer.
    return (problem, request) => void new Promise((resolve) => resolve(onError(problem, request))).catch(() => {})
  }
  const told = new Set<ProblemCode>(['client_gone'])
  return ({ code, message }) => {
    if (told.has(code)) return
    told.add(code)
    // biome-ignore lint/suspicious/noConsole: a refusal that nobody hears of costs hours; `onError` takes its place
    console.warn(`tokenwell/proxy refused a request (${code}): ${message} This is said once; the option onError gets them all.`)
  }
}
