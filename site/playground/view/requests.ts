import { element, setText } from '../../../examples/browser/page/dom.ts'
import type { RecordedExchange, RecordedMessage } from '../../../src/testing/exchange/report.ts'
import type { Playground } from '../playground.ts'
import type { Session } from '../session.ts'

interface Row {
  readonly node: HTMLDetailsElement
  readonly end: HTMLElement
  readonly sent: HTMLElement
  readonly came: HTMLElement
}

/** Requests and replies, the newest first, with secrets masked. Each opens to its headers and body. */
export class Requests {
  readonly node: HTMLElement
  readonly #playground: Playground
  readonly #list = element('div', { class: 'exchanges' })
  readonly #nothing = element('p', { class: 'hint' }, 'Nothing was sent yet.')
  readonly #rows = new Map<number, Row>()
  #session: Session | undefined

  constructor(playground: Playground) {
    this.#playground = playground
    this.node = element(
      'section',
      { class: 'panel', id: 'requests', 'aria-labelledby': 'requests-heading' },
      element('h2', { id: 'requests-heading' }, 'Requests and replies'),
      element('p', { class: 'hint' }, 'recordExchange() masks each secret with a number: the same number is the same secret.'),
      this.#nothing,
      this.#list,
    )
  }

  draw(): void {
    const { session } = this.#playground
    if (session !== this.#session) this.#forget(session)
    const { exchanges } = session
    const kept = new Set(exchanges.map(({ number }) => number))
    for (const [number, { node }] of this.#rows) {
      if (kept.has(number)) continue
      node.remove()
      this.#rows.delete(number)
    }
    for (const { number, exchange } of exchanges) fill(this.#rows.get(number) ?? this.#add(number, exchange), exchange)
    this.#nothing.hidden = exchanges.length > 0
  }

  #forget(session: Session): void {
    this.#session = session
    this.#rows.clear()
    this.#list.replaceChildren()
  }

  #add(number: number, { request }: RecordedExchange): Row {
    const [end, sent, came] = [element('span', { class: 'end' }), code('What was sent'), code('What came')]
    const place = new URL(request.url)
    const node = element(
      'details',
      { class: 'exchange' },
      element(
        'summary',
        {},
        element('span', { class: 'number' }, String(number)),
        element('b', {}, request.method),
        element('span', { class: 'address', title: request.url }, place.pathname),
        end,
      ),
      sent,
      came,
    )
    const row = { node, end, sent, came }
    this.#rows.set(number, row)
    this.#list.prepend(node)
    return row
  }
}

function code(label: string): HTMLElement {
  return element('pre', { class: 'code', role: 'group', tabindex: 0, 'aria-label': label })
}

function fill({ node, end, sent, came }: Row, { request, reply, failure }: RecordedExchange): void {
  const ended = reply ? String(reply.status) : (failure ?? '…')
  setText(end, ended)
  node.dataset['end'] = reply ? (reply.status < 400 ? 'good' : 'bad') : failure === undefined ? 'open' : 'bad'
  setText(sent, `${request.method} ${request.url}\n${linesOf(request)}`)
  setText(came, reply ? `${reply.status}\n${linesOf(reply)}` : ended)
}

function linesOf({ headers, body }: RecordedMessage): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [...lines, ...(body ? ['', body] : [])].join('\n')
}
