/** A deep copy of plain data that nobody can change; what is frozen already is taken as it is, functions too. */
export function freezeCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const copy = Array.isArray(value)
    ? value.map(freezeCopy)
    : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, freezeCopy(inner)]))
  return Object.freeze(copy) as T
}
