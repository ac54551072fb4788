// Writes schema/profiles.json, the JSON schema of the command's profiles, from the types in src/cli/profile-data.ts:
// `npm run docs:schema`. A test fails while it is stale.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
const types = join(root, 'src/cli/profile-data.ts')

type Schema = Readonly<Record<string, unknown>>

/** The schema as the text of its file. */
export function writeSchema(): string {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [types] }, ts.sys, root)
  const program = ts.createProgram([types], options)
  const source = program.getSourceFile(types) as ts.SourceFile
  const writer = new SchemaWriter(program.getTypeChecker(), source)
  const file = source.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === 'ProfilesFile') as ts.Node
  const whole = writer.write(writer.typeAt(file))
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Profiles of the command tokenwell',
    ...(whole['$ref'] ? { $ref: whole['$ref'] } : whole),
    $defs: {
      secret: {
        description:
          'Where a secret is: env:NAME, file:PATH (relative to the folder of this file), command:COMMAND, or - for standard input.',
        type: 'string',
        pattern: '^(env:.+|file:.+|command:.+|-)$',
      },
      ...writer.definitions,
    },
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

class SchemaWriter {
  readonly definitions: Record<string, Schema> = {}
  readonly #checker: ts.TypeChecker
  readonly #open = new Set<ts.Type>()
  /** The unions that have a name, each by its members: an optional field says them one by one. */
  readonly #named = new Map<string, string>()

  constructor(checker: ts.TypeChecker, source: ts.SourceFile) {
    this.#checker = checker
    for (const one of source.statements) {
      if (!ts.isTypeAliasDeclaration(one)) continue
      const type = this.typeAt(one)
      if (type.isUnion()) this.#named.set(membersOf(type.types), one.name.text)
    }
  }

  typeAt(node: ts.Node): ts.Type {
    return this.#checker.getTypeAtLocation(node)
  }

  /** Functions have no place in a file: what is nothing else is left out by whoever asks for it. */
  write(type: ts.Type): Schema {
    // A type that holds itself is any JSON.
    if (this.#open.has(type)) return {}
    this.#open.add(type)
    try {
      return type.isUnion() ? this.#writeUnion(type.types) : this.#writeOne(type)
    } finally {
      this.#open.delete(type)
    }
  }

  #writeUnion(all: readonly ts.Type[]): Schema {
    const data = all.filter((one) => !isNothing(one) && !isFunction(one))
    const isSecret = all.some(isFunction) && data.some((one) => one.flags & ts.TypeFlags.String)
    if (isSecret) return { $ref: '#/$defs/secret' }
    const name = this.#named.get(membersOf(data))
    if (name === undefined) return this.#writeMembers(data)
    this.definitions[name] ??= this.#writeMembers(data)
    return { $ref: `#/$defs/${name}` }
  }

  #writeMembers(data: readonly ts.Type[]): Schema {
    const isBoolean = ({ flags }: ts.Type) => Boolean(flags & ts.TypeFlags.BooleanLiteral)
    const literals = data.filter((one) => one.isStringLiteral()).map((one) => (one as ts.StringLiteralType).value)
    const others = data.filter((one) => !one.isStringLiteral() && !isBoolean(one)).map((one) => this.write(one))
    const schemas = [
      ...(literals.length > 0 ? [{ enum: literals }] : []),
      ...(data.some(isBoolean) ? [{ type: 'boolean' }] : []),
      ...others,
    ]
    const different = schemas.filter((one, index) => schemas.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index)
    return different.length === 1 ? (different[0] as Schema) : { anyOf: different }
  }

  #writeOne(type: ts.Type): Schema {
    const { flags } = type
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {}
    if (flags & ts.TypeFlags.Null) return { type: 'null' }
    if (type.isStringLiteral()) return { const: type.value }
    if (flags & ts.TypeFlags.StringLike) return { type: 'string' }
    if (flags & ts.TypeFlags.NumberLike) return { type: 'number' }
    if (flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' }
    const item = this.#checker.isArrayType(type) ? this.#checker.getTypeArguments(type as ts.TypeReference)[0] : undefined
    if (item) return { type: 'array', items: this.write(item) }
    const values = type.getStringIndexType()
    if (values) return { type: 'object', additionalProperties: this.write(values) }
    // An interface is written once.
    const name = type.isClassOrInterface() ? type.symbol.name : undefined
    if (name === undefined) return this.#writeObject(type)
    this.definitions[name] ??= this.#writeObject(type)
    return { $ref: `#/$defs/${name}` }
  }

  #writeObject(type: ts.Type): Schema {
    const required: string[] = []
    const properties: Record<string, Schema> = {}
    for (const property of type.getProperties()) {
      const { name, flags } = property
      const inner = this.#checker.getTypeOfSymbol(property)
      const parts = inner.isUnion() ? inner.types : [inner]
      if (parts.every((one) => isNothing(one) || isFunction(one))) continue
      // A client's id is no secret, and may stand by reference all the same.
      const schema = name === 'clientId' ? { type: 'string' } : this.write(inner)
      properties[name] = { ...describe(property, this.#checker), ...schema }
      const isOptional = flags & ts.SymbolFlags.Optional || parts.some(isNothing)
      if (!isOptional) required.push(name)
    }
    return { type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: false }
  }
}

const membersOf = (all: readonly ts.Type[]): string => all.map((one) => (one as ts.Type & { id: number }).id).join()
const isNothing = ({ flags }: ts.Type): boolean => Boolean(flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Never | ts.TypeFlags.Void))
const isFunction = (type: ts.Type): boolean => type.getCallSignatures().length > 0

function describe(property: ts.Symbol, checker: ts.TypeChecker): Schema {
  const text = ts.displayPartsToString(property.getDocumentationComment(checker)).replace(/\s*\n\s*/g, ' ')
  const tag = property.getJsDocTags(checker).find(({ name }) => name === 'default')
  const preset = tag && `Default: ${ts.displayPartsToString(tag.text)}`
  const description = [text, preset].filter(Boolean).join(' ')
  return description ? { description } : {}
}

if (import.meta.main) writeFileSync(join(root, 'schema/profiles.json'), writeSchema())
