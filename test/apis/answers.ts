export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer
}

type Headers = NonNullable<Reply['headers']>

export const json = (status: number, value: unknown, headers: Headers = {}): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
})

export const html = (status: number, body: string, headers: Headers = {}): Reply => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers },
  body,
})

export const empty = (status: number, headers: Headers = {}): Reply => ({ status, headers })

/** A request that was refused: the reply is the API's own, the reason is for the person who reads the record. */
export class Refusal extends Error {
  readonly reply: Reply

  constructor(reply: Reply, reason: string) {
    super(reason)
    this.name = 'Refusal'
    this.reply = reply
  }
}

/** A token request that is not of the form that the API documents. The definition says with which words it is refused. */
export class Misfit extends Error {
  override name = 'Misfit'
}

export function refuse(reply: Reply, reason: string): never {
  throw new Refusal(reply, reason)
}

export const hasRight = (fields: Readonly<Record<string, unknown>>, right: Readonly<Record<string, string>>, ...names: string[]): boolean =>
  names.every((name) => right[name] !== undefined && fields[name] === right[name])
