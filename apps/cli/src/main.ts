import process from 'node:process'
import { run } from './run.ts'

/** Entry of the commands that are not the server's: `node apps/cli/src/main.ts runs --watch`. */
const abort = new AbortController()
const interrupt = () => {
  // The second one ends at once.
  if (abort.signal.aborted) process.exit(130)
  abort.abort()
}
process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)
// A reader that closes the pipe (`leat runs | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await run(process.argv.slice(2), { streams: process, env: process.env, signal: abort.signal })
