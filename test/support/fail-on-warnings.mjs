// `node --import` this: a warning of the platform (too many listeners, something deprecated) ends the process as an error
// that nobody has caught would. vitest.config.ts has it loaded by the processes of the tests and by those that they start.

/** What may be said nonetheless, and why. */
const expected = [
]

process.on('warning', (warning) => {
  if (expected.some((isExpected) => isExpected(warning))) return
  throw warning
})
