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
    if (interruption.signal.aborted) leave()
    interruption.abort()
  })
}

process.exitCode = await runCommand(process.argv.slice(2), process, interruption.signal)
// All is done that must be. What nobody waits for any more, such as a pipe that is silent, would hold the process.
if (interruption.signal.aborted) leave()

function leave(): void {
  // exit() waits for threads, and one may wait for a named pipe: a signal ends that too, and is 130 for a shell.
  const isBlocked = process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'))
  if (!isBlocked) process.exit(exitStatus.interrupted)
  process.removeAllListeners('SIGINT')
  process.kill(process.pid, 'SIGINT')
}
