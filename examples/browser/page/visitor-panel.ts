import { isTokenwellError } from 'tokenwell'
import { watchTokens } from '../shared/lane.ts'
import { element, find, setText } from './dom.ts'
import type { LaneModel } from './lane-model.ts'
import type { Poller } from './poller.ts'
import type { Profile, Visitor } from './visitor.ts'

/** Who is signed in in the page itself, told by an API of the authorization server. */
export class VisitorPanel {
  readonly #root = find('#visitor')
  readonly #body = find('.list-body', this.#root)
  readonly #problem = element('p', { class: 'problem-text' })
  readonly #visitor: Visitor
  readonly #lane: LaneModel
  #shown: string | undefined
  #isSignedOut = false

  /** `changed` is called for everything that happens to the token. */
  constructor({ visitor, lane, changed, poller }: { visitor: Visitor; lane: LaneModel; changed: LaneListener; poller: () => Poller }) {
    this.#visitor = visitor
    this.#lane = lane
    watchTokens(visitor.tokens, (entry) => {
      // That nobody is signed in is how it begins, and no failure.
      if (entry.kind === 'failed' && entry.code === 'sign_in_required') return
      lane.add(entry)
      changed(entry)
      if (entry.kind === 'cleared') this.#invite()
      if (entry.kind === 'adopted') {
        this.#isSignedOut = false
        void poller().now()
      }
    })
    this.#root.dataset['state'] = 'loading'
    this.#body.replaceChildren(element('div', { class: 'invitation skeleton', 'aria-hidden': 'true' }))
  }

  tell(notice: string): void {
    setText(this.#problem, notice)
  }

  async refresh(): Promise<void> {
    // Another tab's sign-in comes by the store, and is adopted: nothing has to be asked.
    if (this.#isSignedOut) return
    const at = Date.now()
    try {
      const response = await this.#visitor.fetchProfile()
      this.#lane.add({ kind: 'call', at, status: response.status })
      if (!response.ok) throw new Error(`The API answered ${response.status}.`)
      const profile = (await response.json()) as Profile
      // Signed out while it was on its way: in this tab or in another one.
      if (this.#isSignedOut) return
      this.#show(profile)
      this.tell('')
    } catch (error) {
      if (isTokenwellError(error) && error.code === 'sign_in_required') this.#invite()
      else this.#fail(error as Error)
    }
  }

  #invite(): void {
    if (this.#isSignedOut) return
    this.#isSignedOut = true
    this.#shown = undefined
    this.#root.dataset['state'] = 'signed-out'
    const button = element('button', { class: 'button primary', type: 'button', id: 'visitor-sign-in' }, 'Sign in as a visitor')
    button.addEventListener('click', () => {
      button.disabled = true
      this.#visitor
        .signIn()
        .catch((error: Error) => this.tell(error.message))
        .finally(() => {
          button.disabled = false
        })
    })
    this.#body.replaceChildren(
      element(
        'div',
        { class: 'invitation' },
        element('p', {}, 'Your name appears here, and in every other tab of this page.'),
        button,
        this.#problem,
      ),
    )
  }

  #show({ sub, name = sub }: Profile): void {
    this.#root.dataset['state'] = 'ready'
    if (this.#shown === name) return
    this.#shown = name
    const button = element('button', { class: 'button quiet', type: 'button', id: 'visitor-sign-out' }, 'Sign out')
    button.addEventListener('click', () => {
      this.#visitor.signOut().catch((error: Error) => this.tell(error.message))
    })
    this.#body.replaceChildren(
      element('div', { class: 'who' }, element('p', {}, 'Signed in as ', element('b', { id: 'visitor-name' }, name)), button),
      element(
        'p',
        { class: 'note' },
        'Open this page in a second tab: it adopts this token, and asks the server for none. Sign out, and both forget it.',
      ),
      this.#problem,
    )
  }

  #fail(error: Error): void {
    this.#root.dataset['state'] = 'failed'
    this.tell(isTokenwellError(error) ? 'The server is away, and the token has run out. It is asked again by itself.' : error.message)
    if (this.#shown !== undefined) return
    const again = element('button', { class: 'button', type: 'button' }, 'Try again')
    again.addEventListener('click', () => void this.refresh())
    this.#body.replaceChildren(element('div', { class: 'invitation' }, this.#problem, again))
  }
}

type LaneListener = Parameters<typeof watchTokens>[1]
