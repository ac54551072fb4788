/** Of a body that is gone: whoever sent it must not think that it was empty. */
export const bodyIsGone =
  'Something has read the body of the request before this handler could. Express: mount it before express.json() and the like, or on a path that they do not see. Fastify: give its route a plugin of its own with removeAllContentTypeParsers() and a parser for * that reads nothing.'

const words = {
  request_invalid:
    'Its Host header is no host, is there twice, or names another host than its target; or the Fetch API knows no such request (TRACE).',
  misconfigured: bodyIsGone,
  handler_failed: 'The handler threw, or its response could not be sent. Catch errors in the handler to see them.',
} as const satisfies Record<string, string>

export type RefusalCode = keyof typeof words

/** Makes the function that tells the operator what a listener answered by itself: one line on the console for the first of each code. */
export function createReporter(): (code: RefusalCode) => void {
  const told = new Set<RefusalCode>()
  return (code) => {
    if (told.has(code)) return
    told.add(code)
    // Fixed words: what was asked, and what a handler threw, can hold a secret.
    // biome-ignore lint/suspicious/noConsole: a refusal that nobody hears of costs hours
    console.warn(`tokenwell/node answered a request itself (${code}): ${words[code]} This is said once.`)
  }
}
