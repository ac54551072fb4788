/** One request and its reply, masked. Names of headers are in lower case. */
export interface RecordedExchange {
  readonly request: RecordedMessage & { readonly method: string; readonly url: string }
  /** Not there while it is waited for, or where none came. */
  readonly reply?: RecordedMessage & { readonly status: number }
  /** Why none came: the name and code of what `fetch` threw. */
  readonly failure?: string
}

/** A recorded request or reply, masked. Names of headers are in lower case. */
export interface RecordedMessage {
  readonly headers: Readonly<Record<string, string>>
  /** The beginning of the body, or in brackets why it is not there. It ends with `…` where more followed. */
  readonly body?: string
}

/** A report for people: each exchange as HTTP would write it, `>` what was sent, `<` what came. */
export function writeReport(exchanges: readonly RecordedExchange[]): string {
  const parts = exchanges.map(({ request, reply, failure }, index) =>
    [
      `${index + 1}. ${request.method} ${request.url}`,
      ...linesOf('>', request),
      reply ? `${reply.status}` : (failure ?? 'no reply yet'),
      ...(reply ? linesOf('<', reply) : []),
    ].join('\n'),
  )
  return ['Secrets are numbers: the same number is the same secret.', ...parts].join('\n\n')
}

function linesOf(mark: string, { headers, body }: RecordedMessage): string[] {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  if (body) lines.push('', ...body.split('\n'))
  return lines.map((line) => `${mark} ${line}`.trimEnd())
}
