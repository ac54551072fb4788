import { build } from 'esbuild'

/** A TypeScript file, with all that it imports, as one module that a page or a worker can load. */
export async function bundleScript(script: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [script.pathname],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  })
  return outputFiles[0]?.text ?? ''
}
