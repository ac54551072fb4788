import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder in which the packed tarball is installed. */
    consumer: string
    /** Another one, without the packages that are optional: neither msw nor a Redis client. */
    bareConsumer: string
    /** Paths in the tarball. */
    packedFiles: string[]
  }
}

const root = resolve(import.meta.dirname, '../..')

/**
 * Packs the package as `npm publish` would, and installs the tarball in a folder of its own, with nothing beside it but
 * what it declares and what the tests need.
 */
export default function installPackage(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwell-package-'))
  const consumer = join(folder, 'consumer')
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
    }),
  ) as [{ filename: string; files: { path: string }[] }]
  const tarball = join(folder, packed.filename)
  const manifest = unpack(tarball, consumer)
  const bareConsumer = join(folder, 'bare-consumer')
  unpack(tarball, bareConsumer)
  link(consumer, [...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }), '@types/node'])
  link(bareConsumer, Object.keys(manifest.dependencies))

  project.provide('consumer', consumer)
  project.provide('bareConsumer', bareConsumer)
  project.provide(
    'packedFiles',
    packed.files.map(({ path }) => path),
  )
  return () => rmSync(folder, { recursive: true, force: true })
}

function unpack(tarball: string, consumer: string): Record<'dependencies' | 'peerDependencies', Record<string, string>> {
  const installed = join(consumer, 'node_modules/tokenwell')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', installed])
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  return JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
}

function link(consumer: string, names: readonly string[]): void {
  for (const name of names) {
    const place = join(consumer, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), place, 'junction')
  }
}
