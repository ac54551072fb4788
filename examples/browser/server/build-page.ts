import { extname, join } from 'node:path'
import { build } from 'vite'

export interface PageFile {
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly type: string
  /** Whether its name changes with its content. */
  readonly isHashed: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Builds the page with Vite, into memory: the files by their path. Nothing is inlined, since the Content-Security-Policy allows none of it. */
export async function buildPage(): Promise<ReadonlyMap<string, PageFile>> {
  const result = await build({
    configFile: false,
    root: join(import.meta.dirname, '../page'),
    logLevel: 'warn',
    build: { write: false, target: 'es2022', modulePreload: false, assetsInlineLimit: 0 },
  })
  if (!('output' in result)) throw new Error('Vite has built something else than a page')
  return new Map(
    result.output.map((file) => [
      file.fileName === 'index.html' ? '/' : `/${file.fileName}`,
      {
        body: file.type === 'chunk' ? file.code : (file.source as PageFile['body']),
        type: types[extname(file.fileName)] ?? 'application/octet-stream',
        isHashed: file.fileName.startsWith('assets/'),
      },
    ]),
  )
}
