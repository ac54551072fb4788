import { isTokenwellError } from 'tokenwell'
import { watchTokens } from '../shared/lane.ts'
import { element, find, setText } from './dom.ts'
import type { LaneModel } from './lane-model.ts'
import type { Poller } from './poller.ts'
import { SignInCell } from './sign-in-cell.ts'
import type { Profile, Visitor } from './visitor.ts'

/** Who is signed in in the page itself, told by an API of the authorization server. */
export class VisitorPanel {
  readonly #root = find('#visitor')
  readonly #body = find('.list-body', this.#root)
  readonly #problem = element('p', { class: 'problem-text' })
  readonly #cell: SignInCell
  readonly #visitor: Visitor
  readonly #lane: LaneModel
  #shown: string | undefined
  #isSignedOut = false

  /** `changed` is called for everything that happens to the token. */
  constructor({ visitor, lane, changed, poller }: { visitor: Visitor; lane: LaneModel; changed: LaneListener; poller: () => Poller }) {
    this.#visitor = visitor
    this.#lane = lane
    this.#cell = new SignInCell({
      id: 'visitor',
      signInLabel: 'Sign in as a visitor',
      signIn: () => visitor.signIn(),
      signOut: () => visitor.signOut(),
    })
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

  /** Why the sign-in that the page comes back from did not succeed. */
  tell(notice: string): void {
    this.#cell.tell(notice)
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
    this.#cell.invite()
    const link = element('a', { href: '#visitor-sign-in' }, 'sign in as a visitor')
    this.#body.replaceChildren(
      element(
        'p',
        { class: 'invitation' },
        element('span', {}, 'No token yet: ', link, '. Your name appears here, and in every other tab of this page.'),
      ),
    )
  }

  #show({ sub, name = sub }: Profile): void {
    this.#root.dataset['state'] = 'ready'
    setText(this.#problem, '')
    if (this.#shown === name) return
    this.#shown = name
    this.#cell.greet(name)
    this.#body.replaceChildren(
      element('p', {}, 'You are ', element('b', {}, name), ', says the API.'),
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
    setText(
      this.#problem,
      isTokenwellError(error) ? 'The server is away, and the token has run out. It is asked again by itself.' : error.message,
    )
    if (this.#shown !== undefined) return
    const again = element('button', { class: 'button', type: 'button' }, 'Try again')
    again.addEventListener('click', () => void this.refresh())
    this.#body.replaceChildren(element('div', { class: 'invitation' }, this.#problem, again))
  }
}

type LaneListener = Parameters<typeof watchTokens>[1]
