import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import * as errors from '../../src/base/errors.ts'

export interface ErrorClass {
  readonly name: string
  readonly codes: readonly string[]
  /** The docstring. */
  readonly description: string
}

/** The classes that tokenwell throws, with their codes, from their declarations. */
export function readErrorClasses(root: string): ErrorClass[] {
  const text = readFileSync(join(root, 'src/base/errors.ts'), 'utf8')
  const source = ts.createSourceFile('errors.ts', text, ts.ScriptTarget.ES2023, true)
  return source.statements.flatMap((statement) => {
    if (!ts.isClassDeclaration(statement) || !statement.name || !statement.heritageClauses) return []
    const codes = codesOf(statement)
    return codes.length > 0 ? [{ name: statement.name.text, codes, description: docstringOf(statement) }] : []
  })
}

/** Those that a constructor takes as its `code`, or else the one that it hands on. */
function codesOf(declaration: ts.ClassDeclaration): string[] {
  const made = declaration.members.find(ts.isConstructorDeclaration)
  const taken = made?.parameters.find(({ name }) => name.getText() === 'code')?.type
  if (taken) return literalsIn(taken)
  const [call] = made?.body?.statements ?? []
  const [, code] = call && ts.isExpressionStatement(call) && ts.isCallExpression(call.expression) ? call.expression.arguments : []
  return code && ts.isStringLiteral(code) ? [code.text] : []
}

function literalsIn(type: ts.TypeNode): string[] {
  const types = ts.isUnionTypeNode(type) ? [...type.types] : [type]
  return types.flatMap((one) => (ts.isLiteralTypeNode(one) && ts.isStringLiteral(one.literal) ? [one.literal.text] : []))
}

function docstringOf(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node)
  return (doc && ts.isJSDoc(doc) && ts.getTextOfJSDocComment(doc.comment)) || ''
}

/** What the table in docs/errors.md says to do about a code. */
export function readAdvice(root: string): ReadonlyMap<string, string> {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  return new Map([...page.matchAll(/^\|[^|\n]*\| `(\w+)` \|[^|\n]*\| ([^|\n]+) \|$/gm)].map(([, code = '', advice = '']) => [code, advice]))
}

/** Whether the same call may succeed later by itself. Some constructors take the code, some are of one code alone. */
export function isRetryable({ name, codes }: ErrorClass, code: string): boolean {
  const Class = (errors as unknown as Record<string, new (...words: string[]) => errors.TokenwellError>)[name]
  if (!Class) throw new Error(`src/base/errors.ts exports no ${name}`)
  return (codes.length > 1 ? new Class(code, '') : new Class('')).retryable
}

/** A page with a heading for each code, so that a search for a code finds it. */
export function writeErrorCodes(root: string): string {
  const advice = readAdvice(root)
  const sections = readErrorClasses(root).map((one) => {
    const codes = one.codes.map((code) => {
      const facts = [`What to do: ${advice.get(code) ?? 'see the class'}`, `Retryable: ${isRetryable(one, code) ? 'yes' : 'no'}`]
      return `### \`${code}\`\n\n${facts.map((fact) => `- ${fact}`).join('\n')}\n`
    })
    const link = `[More about it](../docs/errors.md#${one.name.toLowerCase()})`
    return `## \`${one.name}\`\n\n${one.description}\n\n${link}\n\n${codes.join('\n')}`
  })
  return `# Error codes

Look up the \`code\` of an error that you caught.

\`\`\`ts
import { isTokenwellError } from 'tokenwell'

try {
  await tokens.fetch('https://api.example.com/things')
} catch (error) {
  if (isTokenwellError(error)) console.error(error.code, error.retryable, error.retryAt)
}
\`\`\`

${sections.join('\n')}`
}
