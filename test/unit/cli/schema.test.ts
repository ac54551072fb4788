import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { writeSchema } from '../../../scripts/write-schema.ts'

it('the published schema is that of the types: `npm run docs:schema` writes it', () => {
  const published = readFileSync(new URL('../../../schema/profiles.json', import.meta.url), 'utf8')
  expect(JSON.parse(published)).toEqual(JSON.parse(writeSchema()))
}, 60_000)
