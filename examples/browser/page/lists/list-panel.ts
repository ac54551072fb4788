import { element, find, setText } from '../dom.ts'

/** The proxy says that nobody is signed in, or not any more. */
export class SignedOutError extends Error {}

export interface ListPanelOptions<T> {
  /** The section that it fills. */
  root: HTMLElement
  load: () => Promise<T[]>
  draw: (item: T) => HTMLElement
  /** How many places there are: the list is as high before it has come. */
  places: number
  /** What to say of a list that has nothing in it. */
  empty: string
}

/** A list that is loaded again and again: its loading, empty and failed states, and a count of the calls. */
export class ListPanel<T> {
  readonly #options: ListPanelOptions<T>
  readonly #items = element('ul', { class: 'items' })
  readonly #count = element('p', { class: 'count' })
  readonly #problem = element('p', { class: 'problem-text' })
  readonly #again = element('button', { class: 'button quiet', type: 'button' }, 'Try again')
  readonly #foot = element('div', { class: 'list-foot' })
  #calls = 0
  #answered = 0
  #shown: string | undefined

  constructor(options: ListPanelOptions<T>) {
    this.#options = options
    this.#foot.append(this.#count, this.#problem, this.#again)
    this.#again.addEventListener('click', () => void this.refresh())
    find('.list-body', options.root).replaceChildren(this.#items, this.#foot)
    this.reset()
  }

  /** Forgets what was loaded, and shows that something is to come. */
  reset(): void {
    this.#shown = undefined
    const { places } = this.#options
    this.#items.setAttribute('aria-busy', 'true')
    this.#items.replaceChildren(...Array.from({ length: places }, () => element('li', { class: 'item skeleton', 'aria-hidden': 'true' })))
    this.#options.root.dataset['state'] = 'loading'
    setText(this.#count, 'Loading …')
  }

  /** Loads the list. What was there stays when that fails. Rejects with a SignedOutError alone. */
  async refresh(): Promise<void> {
    const { root, load } = this.#options
    this.#calls++
    try {
      const items = await load()
      this.#answered++
      this.#show(items)
      root.dataset['state'] = items.length > 0 ? 'ready' : 'empty'
    } catch (error) {
      if (error instanceof SignedOutError) throw error
      root.dataset['state'] = 'failed'
      setText(this.#problem, (error as Error).message)
      if (this.#shown === undefined) this.#showNothing('The list has not come yet.')
    }
    setText(this.#count, this.#describeCalls())
  }

  #describeCalls(): string {
    const failed = this.#calls - this.#answered
    return `${this.#calls} ${this.#calls === 1 ? 'call' : 'calls'}, ${failed === 0 ? 'all answered' : `${failed} without an answer`}`
  }

  #show(items: readonly T[]): void {
    const { draw, places, empty } = this.#options
    this.#items.removeAttribute('aria-busy')
    const seen = items.slice(0, places)
    // Pictures show the time of day: once a minute they are drawn anew.
    const key = `${Math.floor(Date.now() / 60_000)} ${JSON.stringify(seen)}`
    if (key === this.#shown) return
    this.#shown = key
    if (seen.length === 0) this.#showNothing(empty)
    else this.#items.replaceChildren(...seen.map(draw))
  }

  #showNothing(text: string): void {
    this.#items.removeAttribute('aria-busy')
    this.#items.replaceChildren(element('li', { class: 'nothing' }, text))
  }
}

/** Reads a list through the proxy, and says in words what went wrong. */
export async function readList<T>(response: Response): Promise<T[]> {
  if (response.ok) return (await response.json()) as T[]
  const code = response.headers.get('x-tokenwell-error')
  if (code === 'sign_in_required' || code === 'forbidden') throw new SignedOutError('Nobody is signed in any more.')
  const seconds = response.headers.get('retry-after')
  if (code === 'token_unavailable') {
    throw new Error(`The token’s server is away, and the token has run out. Asked again ${seconds ? `in ${seconds} s` : 'soon'}.`)
  }
  throw new Error(`The API answered ${response.status}.`)
}
