/** An init as it is handed to `fetch`. */
export type OwnInit = RequestInit & {
  // For a stream, which Node wants to be told.
  duplex?: 'half'
}

// oxlint-disable-next-line typescript/no-extraneous-class -- a function could not be extended in TypeScript
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: it is what puts a private field on any object
    return object
  }
}

// A private field on a plain object: nobody else sees it, no copy has it, and it costs nothing. With an object of a class `fetch`
// takes longer (for each option that is not there it looks at one prototype more), and a WeakSet costs as much as the whole call.
class Owned extends Given {
  readonly #owner: object

  constructor(init: object, owner: object) {
    super(init)
    this.#owner = owner
  }

  static has(init: object, owner: object): boolean {
    return #owner in init && init.#owner === owner
  }
}

/** The init of a call with nothing but a token, marked from the start: that is faster yet. */
export class PlainInit {
  readonly headers: { readonly authorization: string }
  readonly #owner: object

  constructor(authorization: string, owner: object) {
    // In lower case, which platforms need not convert.
    this.headers = { authorization }
    this.#owner = owner
  }

  static has(init: object, owner: object): boolean {
    return #owner in init && init.#owner === owner
  }
}

/** Marks an init, which is then known again where a given `fetch` leads back to its owner. */
export function markInit(init: RequestInit, owner: object): OwnInit {
  new Owned(init, owner)
  return init as OwnInit
}

/** Whether an init was marked for this owner. */
export function isMarked(init: RequestInit | undefined | null, owner: object): boolean {
  return typeof init === 'object' && init !== null && (Owned.has(init, owner) || PlainInit.has(init, owner))
}
