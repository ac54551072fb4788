import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readExamples, writePage } from '../../scripts/write-apis.ts'

const root = resolve(import.meta.dirname, '../..')
const examples = readExamples()
const sourceOf = (file: string): string => readFileSync(join(root, 'examples/providers', file), 'utf8')

it('docs/apis.md is what `npm run docs:apis` writes', () => {
  expect(readFileSync(join(root, 'docs/apis.md'), 'utf8')).toBe(writePage(examples))
})

describe('each example of an API', () => {
  it('is in the folder', () => expect(examples.length).toBeGreaterThan(30))

  it.each(examples)('$file says where its facts come from, without quotation marks', ({ facts, odd }) => {
    expect(facts).not.toMatch(/[«»…]/)
    expect(facts).toMatch(/https?:\/\/\S+$|^[A-Z].{20,}/)
    expect(odd).not.toMatch(/\|/)
  })

  it.each(examples)('$file can be copied: a profile, a grant and a call, by the package alone', ({ file }) => {
    const text = sourceOf(file)
    const modules = [...text.matchAll(/ from '([^']+)'/g)].map(([, name]) => name)
    expect(modules.filter((name) => name !== 'tokenwell' && name !== 'node:crypto')).toEqual([])
    expect(text).toMatch(/^export const grant = /m)
    expect(text).toMatch(/^export async function example\(\): Promise<unknown> \{\n(?: {2}.*\n){3,12}\}\n$/m)
    // No secret has a default but the empty string, which is refused.
    expect(text).not.toMatch(/process\.env(?:\.\w+|\[[^\]]+\])(?! \?\? '')/)
  })

  it.each(examples)('$file has lines of at most 140 characters but for addresses', ({ file }) => {
    for (const line of sourceOf(file).split('\n')) if (!line.includes('https://')) expect(line.length).toBeLessThanOrEqual(140)
  })
})
