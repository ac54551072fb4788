import { element, find, setText } from './dom.ts'

export interface SignInCellOptions {
  /** Where it stands, and what its buttons are called by. */
  id: 'camdram' | 'visitor'
  signInLabel: string
  signIn: () => Promise<unknown>
  signOut: () => Promise<unknown>
}

/** A place at the top of the page where a user signs in, or sees who is signed in and signs out. */
export class SignInCell {
  readonly #options: SignInCellOptions
  readonly #deed: HTMLElement
  readonly #problem: HTMLElement

  constructor(options: SignInCellOptions) {
    this.#options = options
    const root = find(`#sign-in-${options.id}`)
    this.#deed = find('.deed', root)
    this.#problem = find('.problem-text', root)
  }

  invite(): void {
    const { id, signInLabel, signIn } = this.#options
    this.#deed.replaceChildren(this.#button({ class: 'button primary', id: `${id}-sign-in` }, signInLabel, signIn))
  }

  greet(user: string): void {
    const { id, signOut } = this.#options
    const name = element('b', { id: `${id}-name` }, user)
    this.tell('')
    this.#deed.replaceChildren(
      element('p', {}, 'Signed in as ', name),
      this.#button({ class: 'button', id: `${id}-sign-out`, 'aria-label': `Sign out: ${user}` }, 'Sign out', signOut),
    )
  }

  /** Why it did not succeed. */
  tell(problem: string): void {
    setText(this.#problem, problem)
  }

  #button(attributes: Record<string, string>, label: string, act: () => Promise<unknown>): HTMLButtonElement {
    const button = element('button', { type: 'button', ...attributes }, label)
    button.addEventListener('click', () => {
      button.disabled = true
      act()
        .catch((error: Error) => this.tell(error.message))
        .finally(() => {
          button.disabled = false
        })
    })
    return button
  }
}
