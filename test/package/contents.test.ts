import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, inject, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const installed = join(inject('consumer'), 'node_modules/tokenwell')
const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))

describe('the tarball', () => {
  it('holds the build and the four documents, nothing else', () => {
    const beside = inject('packedFiles').filter((path) => !/^dist\/[\w-]+\.(js|d\.ts|js\.map)$/.test(path))
    expect(beside.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
  })

  it('holds every file that `exports` names', () => {
    const named = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target as object),
    )
    for (const path of named as string[]) expect(existsSync(join(installed, path)), path).toBe(true)
  })

  it('depends on ky, p-retry and jwt-decode alone; msw, redis and ioredis are optional peers', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['jwt-decode', 'ky', 'p-retry'])
    expect(Object.keys(manifest.peerDependencies)).toEqual(['ioredis', 'msw', 'redis'])
    expect(manifest.peerDependenciesMeta).toEqual({
      ioredis: { optional: true },
      msw: { optional: true },
      redis: { optional: true },
    })
  })

  it('is ESM, free of side effects, and installs nothing by script', () => {
    expect(manifest).toMatchObject({ type: 'module', sideEffects: false, engines: { node: '>=22.12' } })
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) expect(manifest.scripts).not.toHaveProperty(script)
  })
})

it.each(globSync('{.,tools/*,benchmarks}/package-lock.json', { cwd: root }))('%s names no registry host', (path) => {
  const { packages } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { packages: Record<string, { resolved?: string }> }
  expect(Object.values(packages).filter(({ resolved }) => resolved?.includes('://'))).toEqual([])
})
