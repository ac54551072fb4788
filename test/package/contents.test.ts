import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, inject, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const installed = join(inject('consumer'), 'node_modules/tokenwell')
const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))

describe('the tarball', () => {
  it('holds the build, the documents and the examples that they show, nothing else', () => {
    const rest = inject('packedFiles').filter((path) => !/^dist\/[\w-]+\.(js|d\.ts|js\.map)$/.test(path))
    const documents = globSync(
      '{schema/*.json,docs/**/*.{md,svg,png},decisions/*.md,examples/*.ts,examples/providers/*.ts,examples/browser/README.md,examples/frameworks/**/*.ts,examples/frameworks/README.md,*.md}',
      {
        cwd: root,
      },
    )
    expect(rest.sort()).toEqual([...documents, 'LICENSE', 'package.json'].sort())
  })

  it('holds whatever a link in one of its documents leads to', () => {
    const pages = globSync('**/*.md', { cwd: installed })
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', join('docs', 'getting-started.md')]))
    const dead = pages.flatMap((page) =>
      linksOf(readFileSync(join(installed, page), 'utf8'))
        .filter((target) => !existsSync(join(installed, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    )
    expect(dead).toEqual([])
  })

  it('names no address that nobody has registered yet', () => {
    for (const field of ['repository', 'homepage', 'bugs', 'funding']) expect(manifest).not.toHaveProperty(field)
  })

  it('holds every file that `exports` names', () => {
    const named = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target as object),
    )
    for (const path of named as string[]) expect(existsSync(join(installed, path)), path).toBe(true)
  })

  it('depends on ky, p-retry and jwt-decode alone; the others are optional peers', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['jwt-decode', 'ky', 'p-retry'])
    expect(Object.keys(manifest.peerDependencies)).toEqual(['@opentelemetry/api', 'ioredis', 'msw', 'redis'])
    expect(manifest.peerDependenciesMeta).toEqual({
      '@opentelemetry/api': { optional: true },
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

/** Where relative links of a page lead, headings aside. Those in code are none. */
function linksOf(page: string): string[] {
  const text = page.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '``')
  const targets = [...text.matchAll(/\]\(([^()\s#]+)[^()\s]*\)/g)].map((match) => match[1] ?? '')
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

it.each(globSync('{.,tools/*,benchmarks,site}/package-lock.json', { cwd: root }))('%s names no registry host', (path) => {
  const { packages } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { packages: Record<string, { resolved?: string }> }
  expect(Object.values(packages).filter(({ resolved }) => resolved?.includes('://'))).toEqual([])
})
