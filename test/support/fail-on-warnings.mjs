// `node --import` this: a warning of the platform (too many listeners, something deprecated) ends the process, as an error
// does that nobody has caught. vitest.config.ts has it loaded by the processes of the tests, and by those that they start.

process.on('warning', ({ name, message, stack }) => {
  // Not the warning itself: it may hold on to half of the program, and all of that would be printed.
  throw Object.assign(new Error(message), { name, stack })
})
