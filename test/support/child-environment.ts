/**
 * The environment of a program that a test starts: what Node needs here (that a warning ends it, and where what was compiled
 * is kept), and none of the credentials that whoever runs the tests may have in theirs.
 */
export function childEnvironment(variables: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH, NODE_OPTIONS, NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE } = process.env
  return { PATH, NODE_OPTIONS, NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE, ...variables }
}
