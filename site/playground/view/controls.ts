import { element, setText } from '../../../examples/browser/page/dom.ts'
import type { Playground } from '../playground.ts'
import { describeCalls, showFirstEnd } from '../words.ts'

const sentence = {
  revoked: 'The server has revoked the token. The manager does not know yet: call.',
  cutOff: 'The network is cut off, for a minute at most.',
  restored: 'The network works again.',
  signedOut: 'The token is forgotten. The next call asks for another one.',
}

/** The buttons, and what came of the last one. */
export class Controls {
  readonly node: HTMLElement
  readonly #playground: Playground
  readonly #result = element('p', { class: 'result', id: 'result', role: 'status' }, 'Nothing was called yet.')
  readonly #shown = element('pre', { class: 'code', role: 'group', id: 'shown', tabindex: 0, 'aria-label': 'What came', hidden: true })
  readonly #cutOff = button('cut-off', 'Cut off the network', () => this.#toggleNetwork())
  readonly #keepCalling = button('keep-calling', 'Call each second', () => this.#playground.setCalling(!this.#playground.isCalling))

  constructor(playground: Playground) {
    this.#playground = playground
    const call = button('call', 'Call', () => this.#call(1))
    call.classList.add('primary')
    const buttons = [
      call,
      button('call-ten', 'Call 10 times at once', () => this.#call(10)),
      this.#keepCalling,
      button('revoke', 'Revoke the token', () => {
        playground.revoke()
        this.#tell(sentence.revoked)
      }),
      this.#cutOff,
      button('sign-out', 'Sign out', () => this.#signOut()),
    ]
    this.node = element(
      'section',
      { class: 'panel', 'aria-labelledby': 'controls-heading' },
      element('h2', { id: 'controls-heading' }, 'Call it, and disturb it'),
      element('div', { class: 'actions' }, ...buttons),
      this.#result,
      this.#shown,
    )
  }

  draw(): void {
    setText(this.#cutOff, this.#playground.isCutOff ? 'Restore the network' : 'Cut off the network')
    this.#keepCalling.setAttribute('aria-pressed', String(this.#playground.isCalling))
  }

  /** Forgets what came of the last button. */
  clear(): void {
    this.#tell('Nothing was called yet.')
  }

  #call(count: number): void {
    this.#tell(count === 1 ? 'Calling …' : `Calling ${count} times …`)
    void this.#playground.call(count).then((result) => {
      if (result) this.#tell(describeCalls(result), showFirstEnd(result))
    })
  }

  #toggleNetwork(): void {
    const { isCutOff } = this.#playground
    if (isCutOff) this.#playground.restore()
    else this.#playground.cutOff()
    this.#tell(isCutOff ? sentence.restored : sentence.cutOff)
  }

  #signOut(): void {
    this.#playground.signOut().then(
      () => this.#tell(sentence.signedOut),
      (error: Error) => this.#tell(error.message),
    )
  }

  #tell(text: string, shown = ''): void {
    setText(this.#result, text)
    setText(this.#shown, shown)
    this.#shown.hidden = shown === ''
  }
}

function button(id: string, text: string, act: () => void): HTMLButtonElement {
  const made = element('button', { class: 'button', type: 'button', id }, text)
  made.addEventListener('click', act)
  return made
}
