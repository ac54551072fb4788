import { element, find } from './dom.ts'
import { ListPanel, SignedOutError } from './lists/list-panel.ts'
import { drawShow, loadShows } from './lists/shows.ts'
import type { Poller } from './poller.ts'
import { beginSignIn, signOut } from './server-calls.ts'
import { SignInCell } from './sign-in-cell.ts'

/** Camdram: an invitation to sign in, or the shows of whoever has. */
export class ShowsPanel {
  readonly #root = find('#shows')
  readonly #body = find('.list-body', this.#root)
  readonly #cell: SignInCell
  #list: ListPanel<Parameters<typeof drawShow>[0]> | undefined
  #user: string | undefined
  #isDrawn = false
  readonly #pollers: () => readonly Poller[]

  /** `pollers` make calls within the session. */
  constructor(pollers: () => readonly Poller[]) {
    this.#pollers = pollers
    this.#cell = new SignInCell({
      id: 'camdram',
      signInLabel: 'Sign in with Camdram',
      // The session that calls are made with ends when its user comes back: no call may be under way then.
      signIn: () =>
        this.#withoutCalls(async () => {
          location.assign((await beginSignIn()).url)
          await isLeft
        }),
      signOut: () =>
        this.#withoutCalls(async () => {
          await signOut()
          this.show(undefined)
        }),
    })
  }

  /** Who is signed in, as the server says. `poller` loads the shows. */
  show(user: string | undefined, poller?: Poller): void {
    if (this.#isDrawn && user === this.#user) return
    this.#isDrawn = true
    this.#user = user
    this.#root.dataset['state'] = user === undefined ? 'signed-out' : 'loading'
    if (user === undefined) this.#invite()
    else this.#showList(user, poller)
  }

  tell(notice: string): void {
    this.#cell.tell(notice)
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
    } finally {
      for (const poller of pollers) poller.wake()
    }
  }

  #invite(): void {
    this.#list = undefined
    this.#cell.invite()
    const link = element('a', { href: '#camdram-sign-in' }, 'sign in with Camdram')
    this.#body.replaceChildren(element('p', { class: 'invitation' }, element('span', {}, 'No token yet: ', link, ' to see your shows.')))
  }

  #showList(user: string, poller: Poller | undefined): void {
    this.#list = new ListPanel({ root: this.#root, load: loadShows, draw: drawShow, places: 5, empty: 'You have no shows yet.' })
    this.#cell.greet(user)
    void poller?.now()
  }
}

/** The page is on its way to another one; it is still here when that one does not come, or when its user goes back. */
const isLeft = new Promise<void>((resolve) => {
  addEventListener('pageshow', ({ persisted }) => persisted && resolve())
})
