import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Whether a browser could show itself here. */
export function hasDisplay(env: NodeJS.ProcessEnv, platform = process.platform): boolean {
  if (env['BROWSER']) return true
  // A browser of the machine behind the connection is not the user's.
  if (env['SSH_CONNECTION']) return false
  return platform === 'darwin' || platform === 'win32' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

/** Opens an address in the user's browser: `BROWSER`, else what the platform has. Whether that worked. */
export async function openBrowser(url: string, env: NodeJS.ProcessEnv, platform = process.platform): Promise<boolean> {
  const [command, ...args] = commandOf(url, env, platform)
  const child = spawn(command, args, { stdio: 'ignore', detached: true, env })
  child.unref()
  try {
    await once(child, 'spawn')
    return true
  } catch {
    return false
  }
}

function commandOf(url: string, env: NodeJS.ProcessEnv, platform: NodeJS.Platform): [string, ...string[]] {
  // One command, without the list of several and the %s that some programs know.
  if (env['BROWSER']) return [env['BROWSER'], url]
  if (platform === 'darwin') return ['open', url]
  // Not by cmd.exe, for which the & in an address ends a command.
  return platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler', url] : ['xdg-open', url]
}
