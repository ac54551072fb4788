#!/usr/bin/env node
import { exitStatus } from './failure.ts'
import { runCommand } from './run-command.ts'

// Node 22 says with each use of node:sqlite, which the file store locks by, that it may change. That is for us, and not for users.
const { emitWarning } = process
process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
  if (!String(warning).startsWith('SQLite is an experimental feature')) Reflect.apply(emitWarning, process, [warning, ...rest])
}

const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    // The second time, whatever is under way: a renewal may be lost.
    if (interruption.signal.aborted) process.exit(exitStatus.interrupted)
    interruption.abort()
  })
}

process.exitCode = await runCommand(process.argv.slice(2), process, interruption.signal)
