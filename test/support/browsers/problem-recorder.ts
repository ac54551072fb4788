/** Where a page notes what went wrong in it: kept when it is loaded again, and lost with its tab. */
export const problemsKey = 'test:problems'

/**
 * A script for the head of a page, before all others. WebDriver cannot read the console, and MiniBrowser writes it to its
 * output only where it is not automated.
 */
export const problemRecorder = `(() => {
  if (globalThis.recordsProblems) return
  globalThis.recordsProblems = true
  const note = (text) => {
    const noted = JSON.parse(sessionStorage.getItem('${problemsKey}') ?? '[]')
    sessionStorage.setItem('${problemsKey}', JSON.stringify([...noted, text]))
  }
  addEventListener('error', ({ message }) => note(String(message)))
  addEventListener('unhandledrejection', ({ reason }) => note(String(reason)))
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => note(effectiveDirective + ' ' + blockedURI))
  for (const level of ['error', 'warn']) {
    const log = console[level]
    console[level] = (...parts) => {
      note(parts.map(String).join(' '))
      log.apply(console, parts)
    }
  }
})()`
