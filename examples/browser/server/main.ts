// «Cities and cameras»: three honest ways to tokens in a browser. `npm run example:browser`, or with `-- --help`.
import { type App, startApp } from './app.ts'
import { parseOptions, type ServerOptions, UsageError, usage } from './options.ts'

process.exitCode = await main(process.argv.slice(2))

/** Returns the exit status: 0 after Ctrl-C, 1 if the server could not be started, 2 for a wrong command line. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(argv, process.env)
    if (options === 'help') {
      process.stdout.write(usage)
      return 0
    }
    return await serve(options)
  } catch (error) {
    if (error instanceof UsageError) return complain(`${error.message} (try: npm run example:browser -- --help)`, 2)
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return complain('the port is taken: choose another one with --port', 1)
    throw error
  }
}

async function serve(options: ServerOptions): Promise<number> {
  const stopped = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => new Promise((resolve) => process.once(signal, resolve))))
  const app: App = await startApp(options)
  console.log(`Cities and cameras: ${app.url}\nCtrl-C ends it.`)
  await stopped
  await app.close()
  return 0
}

function complain(message: string, status: number): number {
  process.stderr.write(`${message}\n`)
  return status
}
