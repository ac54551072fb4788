import type { Provider } from 'tokenwell'
import { element, setText } from '../../../examples/browser/page/dom.ts'
import { cameraAccount, cameraProfile } from '../camera-api.ts'
import { type ReadProfile, readProfile } from '../read-profile.ts'

/** What the reader's provider has to fit. */
const facts = [
  'POST https://cameras.example.com/api/login takes {"login":{"user":"guard","pass":"open sesame"}} as JSON.',
  'It answers {"session":{"key":"…","ttl":30000}}. The ttl is in milliseconds.',
  'A wrong password is answered with 200, and {"ok":false,"reason":"wrong user or password"}.',
  'GET https://cameras.example.com/api/cameras wants the key in the header X-Session-Key.',
  'A key that has ended is answered with 403, and {"ok":false,"reason":"session is over"}.',
  'No other address answers in this page.',
]

/** Where the reader writes a provider. It is checked at each change, and used when he says so. */
export class ProfileEditor {
  readonly node: HTMLElement
  readonly #text = element('textarea', {
    id: 'profile',
    class: 'code',
    rows: 18,
    spellcheck: 'false',
    autocapitalize: 'off',
    'aria-describedby': 'profile-error',
  })
  readonly #error = element('p', { class: 'profile-error', id: 'profile-error', role: 'status' })
  readonly #use = element('button', { class: 'button primary', type: 'button', id: 'use-profile' }, 'Use this provider')

  constructor(use: (provider: Provider) => void) {
    this.#text.value = JSON.stringify(cameraProfile, null, 2)
    this.#text.addEventListener('input', () => this.#check())
    this.#use.addEventListener('click', () => {
      const { provider } = readProfile(this.#text.value)
      if (provider) use(provider)
    })
    const again = element('button', { class: 'button', type: 'button', id: 'reset-profile' }, 'Begin again')
    again.addEventListener('click', () => {
      this.#text.value = JSON.stringify(cameraProfile, null, 2)
      this.#check()
    })
    this.node = element(
      'div',
      { class: 'editor', hidden: true },
      element('p', {}, 'An API that no preset knows. What was found out about it:'),
      element('ul', { class: 'facts' }, ...facts.map((fact) => element('li', {}, fact))),
      element('label', { for: 'profile' }, 'Its provider, in JSON'),
      this.#text,
      this.#error,
      element('div', { class: 'actions' }, this.#use, again),
      element('p', { class: 'hint' }, `The grant is password({ username: '${cameraAccount.username}', password }).`),
    )
  }

  #check(): void {
    const read = readProfile(this.#text.value)
    const isWrong = read.provider === undefined
    this.#use.disabled = isWrong
    this.#text.setAttribute('aria-invalid', String(isWrong))
    if (read.provider) setText(this.#error, 'defineProvider accepts it.')
    else this.#error.replaceChildren(...wordsOf(read))
  }
}

function wordsOf({ field, message }: Exclude<ReadProfile, { provider: Provider }>): (string | HTMLElement)[] {
  return field === undefined ? [message] : [element('code', {}, field), message.slice(field.length)]
}
