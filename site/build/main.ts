// Builds the site into site/dist: `npm run docs`. `npm run docs:dev` serves it, and follows changes of the documents.
// Both take options of VitePress: `npm run docs -- --base /tokenwell/`, `npm run docs:dev -- --port 8080`.
import { watch } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build, createServer } from 'vitepress'
import { copyMarkdown, stagePages, stageReference } from './stage.ts'

const root = resolve(import.meta.dirname, '../..')
const site = join(root, 'site')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { base: { type: 'string', default: '/' }, port: { type: 'string', default: '4173' } },
})
const [command = 'build'] = positionals
if (!['build', 'dev'].includes(command)) throw new Error(`${command} is unknown: there are build and dev`)

const startedAt = performance.now()
const reference = await stageReference(root)
const { pages } = stagePages(root, reference)

if (command === 'build') {
  await build(site, { base: values.base })
  copyMarkdown(root)
  console.log(`site/dist: ${pages.length + reference.length} pages in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
} else {
  const server = await createServer(site, { base: values.base, port: Number(values.port) })
  await server.listen()
  server.printUrls()
  // VitePress follows the staged pages. The API reference and the sidebar are as they were when this was started.
  for (const folder of ['docs', 'decisions', 'site/pages'])
    watch(join(root, folder), { recursive: true }, () => stagePages(root, reference))
}
