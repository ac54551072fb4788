// The smoke program for runtimes that have processes: URLs from the command line, findings to standard output.
import { smoke } from './smoke.ts'

declare const process: { argv: string[] }

const [url = '', deadUrl = ''] = process.argv.slice(2)
console.log(JSON.stringify(await smoke({ url, deadUrl })))
