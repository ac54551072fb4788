import { commonOptions } from './arguments.ts'
import type { Verb, VerbOption } from './call.ts'
import { exampleProfiles } from './example-profiles.ts'

/** Breaks a string into lines of a width, at spaces. A word that is longer than a line stays whole: it may be an address, or a command. */
function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line && indent.length + line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line ? `${line} ${word}` : word
  }
  return [...lines, line].map((one) => indent + one).join('\n')
}

/** The help of the whole command. */
export function writeHelp(verbs: Readonly<Record<string, Verb>>, columns: number): string {
  const list = Object.entries(verbs).map(([name, { summary }]) => `  ${name}\n${wrap(summary, columns, '      ')}`)
  return `${wrap('Usage: tokenwell VERB PROFILE [options]', columns, '')}

${wrap('Gets the token of a profile, once for all processes of this user, and calls APIs with it.', columns)}

${list.join('\n')}

${wrap('Profiles stand in the file tokenwell/profiles.json of your configuration directory, or in the one that --config names. For example:', columns)}

${exampleProfiles}

${wrap('The page docs/cli.md of the package has more.', columns)}

Example:
  tokenwell fetch cameras cameras.json

Help for one verb:
  tokenwell token --help

${wrap('Exit status: 0 done, 1 failed, 2 used wrongly, 4 a person has to sign in, 130 interrupted.', columns)}
`
}

/** The help of one verb. */
export function writeVerbHelp(name: string, verb: Verb, columns: number): string {
  const profile = 'isProfileOptional' in verb ? '[PROFILE]' : 'PROFILE'
  const usage = ['tokenwell', name, profile, ...(verb.operands ?? []), '[options]'].join(' ')
  const options = Object.entries({ ...verb.options, ...commonOptions }).map(([option, one]) => describeOption(option, one, columns))
  return `${wrap(`Usage: ${usage}`, columns)}

${verb.text
  .split('\n')
  .map((paragraph) => wrap(paragraph, columns))
  .join('\n')}

Options:
${options.join('\n')}

Example:
${verb.example
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}\n`
}

function describeOption(name: string, { short, value, text }: VerbOption, columns: number): string {
  const forms = [short && `-${short}`, `--${name}`].filter(Boolean).join(', ')
  return `  ${forms}${value ? ` ${value}` : ''}\n${wrap(text, columns, '      ')}`
}
