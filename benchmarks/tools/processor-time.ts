const cell = new Int32Array(new SharedArrayBuffer(4))

/**
 * Nanoseconds of processor time that this thread has used: those of other programs are not in it, nor are those of V8's helper
 * threads. Linux brings the count up to date when a thread stops running, else every few milliseconds: so it sleeps first.
 */
export function readProcessorTime(): number {
  Atomics.wait(cell, 0, 0, 0.01)
  const { user, system } = process.threadCpuUsage()
  return (user + system) * 1000
}
