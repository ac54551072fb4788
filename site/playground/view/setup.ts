import { element, setText } from '../../../examples/browser/page/dom.ts'
import { emulatedApis } from '../apis.ts'
import type { Playground } from '../playground.ts'
import { type ApiId, apiIds } from '../world.ts'
import { ProfileEditor } from './profile-editor.ts'

const lifetimes = [
  { ms: 8_000, text: '8 seconds' },
  { ms: 30_000, text: '30 seconds' },
  { ms: 120_000, text: '2 minutes' },
  { ms: 3_600_000, text: 'an hour' },
]

/** Which API is called, and how long its tokens live. */
export class Setup {
  readonly node: HTMLElement
  readonly #playground: Playground
  readonly #begun: () => void
  readonly #about = element('p', { class: 'about' })
  readonly #code = element('pre', { class: 'code', role: 'group', tabindex: 0, 'aria-label': 'The program' })
  readonly #editor: ProfileEditor

  /** @param begun called when the reader has begun anew */
  constructor(playground: Playground, begun: () => void) {
    this.#playground = playground
    this.#begun = begun
    this.#editor = new ProfileEditor((provider) => {
      playground.useProvider(provider)
      begun()
    })
    this.node = element(
      'section',
      { class: 'panel', 'aria-labelledby': 'setup-heading' },
      element('h2', { id: 'setup-heading' }, 'Choose an API'),
      element(
        'fieldset',
        { class: 'apis' },
        element('legend', { class: 'visually-hidden' }, 'API'),
        ...apiIds.map((id) => this.#choice(id)),
      ),
      this.#about,
      this.#code,
      this.#editor.node,
      this.#drawLifetimes(),
    )
    this.#draw()
  }

  #choice(id: ApiId): HTMLElement {
    const input = element('input', { type: 'radio', name: 'api', value: id, checked: id === this.#playground.api })
    input.addEventListener('change', () => {
      this.#playground.choose(id)
      this.#draw()
      this.#begun()
    })
    return element('label', { class: 'api' }, input, id === 'own' ? 'Your own' : emulatedApis[id].title)
  }

  #drawLifetimes(): HTMLElement {
    const options = lifetimes.map(({ ms, text }) => element('option', { value: ms, selected: ms === this.#playground.lifetimeMs }, text))
    const select = element('select', { id: 'lifetime', class: 'choice' }, ...options)
    select.addEventListener('change', () => {
      this.#playground.setLifetime(Number(select.value))
      this.#begun()
    })
    return element('p', { class: 'lifetime' }, element('label', { for: 'lifetime' }, 'Tokens live'), select)
  }

  #draw(): void {
    const { api } = this.#playground
    const isOwn = api === 'own'
    this.#editor.node.hidden = !isOwn
    this.#about.hidden = isOwn
    this.#code.hidden = isOwn
    if (isOwn) return
    const { about, shown, path } = emulatedApis[api]
    setText(this.#about, about)
    setText(
      this.#code,
      `const tokens = new TokenManager(\n  ${api}(${shown}),\n)\nconst response = await tokens.fetch(\n  \`\${baseUrl}${path}\`,\n)`,
    )
  }
}
