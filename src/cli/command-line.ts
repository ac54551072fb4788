/** A verb for a person to type, and what follows it. */
interface TypedCommand {
  readonly verb: string
  readonly profile?: string | undefined
  /** The option `--config` as it was given: without it, the command would read another file. */
  readonly config: string | undefined
}

/** The command as a person can type it in their shell. */
export function toCommandLine({ verb, profile, config }: TypedCommand, platform = process.platform): string {
  // With a space, as most people write it; what begins with a hyphen would be another option there.
  const given = config !== undefined && `--config${config.startsWith('-') ? '=' : ' '}${quote(config, platform)}`
  return ['tokenwell', verb, profile, given].filter(Boolean).join(' ')
}

function quote(text: string, platform: NodeJS.Platform): string {
  if (/^[\w./:@+,-]+$/.test(text)) return text
  // cmd.exe and PowerShell know these; no file name there has a double quote.
  if (platform === 'win32') return `"${text}"`
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
