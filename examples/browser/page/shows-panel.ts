import { element, find, setText } from './dom.ts'
import { ListPanel, SignedOutError } from './lists/list-panel.ts'
import { drawShow, loadShows } from './lists/shows.ts'
import type { Poller } from './poller.ts'
import { beginSignIn, signOut } from './server-calls.ts'

/** Camdram: an invitation to sign in, or the shows of whoever has. */
export class ShowsPanel {
  readonly #root = find('#shows')
  readonly #body = find('.list-body', this.#root)
  readonly #notice = element('p', { class: 'problem-text' })
  #list: ListPanel<Parameters<typeof drawShow>[0]> | undefined
  #user: string | undefined
  #isDrawn = false
  readonly #pollers: () => readonly Poller[]

  /** `pollers` make calls within the session. */
  constructor(pollers: () => readonly Poller[]) {
    this.#pollers = pollers
  }

  /** Who is signed in, as the server says. */
  show(user: string | undefined, poller: Poller): void {
    if (this.#isDrawn && user === this.#user) return
    this.#isDrawn = true
    this.#user = user
    this.#root.dataset['state'] = user === undefined ? 'signed-out' : 'loading'
    if (user === undefined) this.#invite()
    else this.#showList(user, poller)
  }

  tell(notice: string): void {
    setText(this.#notice, notice)
  }

  async refresh(): Promise<void> {
    await this.#list?.refresh().catch((error: unknown) => {
      // The stream of events tells it too; until it has come, nothing is asked.
      if (!(error instanceof SignedOutError)) throw error
      this.#list = undefined
    })
  }

  async #withoutCalls(task: () => Promise<void>): Promise<void> {
    const pollers = this.#pollers()
    await Promise.all(pollers.map((poller) => poller.rest()))
    try {
      await task()
    } catch (error) {
      this.tell((error as Error).message)
    } finally {
      for (const poller of pollers) poller.wake()
    }
  }

  #invite(): void {
    this.#list = undefined
    const button = element('button', { class: 'button primary', type: 'button', id: 'camdram-sign-in' }, 'Sign in with Camdram')
    button.addEventListener('click', () => {
      button.disabled = true
      // The session that calls are made with ends when its user comes back: no call may be under way then.
      this.#withoutCalls(async () => {
        location.assign((await beginSignIn()).url)
        await isLeft
      }).finally(() => {
        button.disabled = false
      })
    })
    this.#body.replaceChildren(
      element('div', { class: 'invitation' }, element('p', {}, 'Your shows appear here when you have signed in.'), button, this.#notice),
    )
  }

  #showList(user: string, poller: Poller): void {
    this.tell('')
    this.#list = new ListPanel({ root: this.#root, load: loadShows, draw: drawShow, places: 5, empty: 'You have no shows yet.' })
    const button = element('button', { class: 'button quiet', type: 'button', id: 'camdram-sign-out' }, 'Sign out')
    button.addEventListener('click', () => {
      button.disabled = true
      this.#withoutCalls(async () => {
        await signOut()
        this.show(undefined, poller)
      }).finally(() => {
        button.disabled = false
      })
    })
    this.#body.prepend(element('div', { class: 'who' }, element('p', {}, 'Signed in as ', element('b', {}, user)), button))
    void poller.now()
  }
}

/** The page is on its way to another one; it is still here when that one does not come, or when its user goes back. */
const isLeft = new Promise<void>((resolve) => {
  addEventListener('pageshow', ({ persisted }) => persisted && resolve())
})
