import { describe, expect, it } from 'vitest'
import { descriptionOf, plainMarkdown, replaceLinks, titleOf } from '../../../site/build/markdown.ts'
import { slugOf } from '../../../site/build/slug.ts'

describe('links of a page', () => {
  const upper = (text: string): string => replaceLinks(text, (target) => target.toUpperCase())

  it.each([
    ['[a](b.md)', '[a](B.MD)'],
    ['![a](b.png)', '![a](B.PNG)'],
    ['[`a()`](b.md#a), [c](d)', '[`a()`](B.MD#A), [c](D)'],
    ['[a [b]](c)', '[a [b]](C)'],
    ['[two\nlines](b)', '[two\nlines](B)'],
  ])('%j is changed', (text, changed) => expect(upper(text)).toBe(changed))

  it.each(['`[a](b)`', '`` [a](b) ` ``', '```ts\n[a](b)\n```', '````md\n```\n[a](b)\n```\n````', 'a [b] (c)'])('%j is left alone', (text) =>
    expect(upper(text)).toBe(text),
  )

  it('without a target keep their words', () => expect(replaceLinks('see [`src/`](src/).', () => undefined)).toBe('see `src/`.'))
})

describe('the title and the description of a page', () => {
  it.each([
    ['# `password()`\n\nA grant.', 'password()', 'A grant.'],
    ['# A\n\n```sh\nnpm start\n```\n\nThe **first** [words](b.md) of\nit.\n\nMore.', 'A', 'The first words of it.'],
    ['---\nx: 1\n---\n\n# A\n\n31 APIs.', 'A', '31 APIs.'],
    ['no heading', undefined, 'no heading'],
  ])('%j', (text, title, description) => {
    expect(titleOf(text)).toBe(title)
    expect(descriptionOf(text)).toBe(description)
  })

  it('a long paragraph is cut at the end of a sentence', () => {
    expect(descriptionOf(`# A\n\nOne. ${'word '.repeat(30)}end. ${'word '.repeat(60)}`)).toMatch(/^One\. [ \w]+end\.$/)
  })
})

it.each([
  ['It wants to be asked like this', 'it-wants-to-be-asked-like-this'],
  ['Node.js 24.9 — or newer', 'nodejs-249--or-newer'],
  ['TokenEndpointError', 'tokenendpointerror'],
])('the anchor of «%s» is #%s, as on GitHub', (heading, slug) => expect(slugOf(heading)).toBe(slug))

it('a copy for other readers has no frontmatter, script or component', () => {
  const page = '---\ntitle: A\n---\n\n<script setup>\nimport B from "@site/b.vue"\n</script>\n\n# A\n\n<B />\n\nWords.\n'
  expect(plainMarkdown(page)).toBe('# A\n\nWords.\n')
  expect(plainMarkdown('# A\n\n```ts\nconst a = <B />\n```\n')).toBe('# A\n\n```ts\nconst a = <B />\n```\n')
})
