import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

it('the bill of materials → names what is loaded at run time, and is the same each time', () => {
  const write = (): string => {
    execFileSync(process.execPath, [join(root, 'scripts/write-sbom.mjs')], { stdio: 'pipe' })
    return readFileSync(join(root, 'sbom.cdx.json'), 'utf8')
  }
  const first = write()
  const { bomFormat, metadata, components } = JSON.parse(first)
  expect(bomFormat).toBe('CycloneDX')
  expect(metadata.component.name).toBe('tokenwell')
  const names = components.map(({ name }: { name: string }) => name)
  expect(names.toSorted()).toEqual(['is-network-error', 'jwt-decode', 'ky', 'p-retry'])
  expect(write()).toBe(first)
})
