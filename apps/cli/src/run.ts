import { CommanderError } from 'commander'
import type { World } from './context.ts'
import { exitCodes, type ExitCode, failureOf } from './exit-codes.ts'
import { createProgram } from './program.ts'

/** Runs one command line (without the program's name) and says what to exit with. Prints failures; throws nothing. */
export async function run(args: readonly string[], world: World): Promise<ExitCode> {
  try {
    await createProgram(world).parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' })
    return exitCodes.ok
  } catch (thrown) {
    // Commander has printed its own message already.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    // Ctrl-C is how a command that goes on ends: nothing needs to be said.
    if (world.signal.aborted) return exitCodes.interrupted
    const { code, lines } = failureOf(thrown)
    if (args.includes('--json'))
      world.streams.stdout.write(`${JSON.stringify({ error: lines.join('\n'), exit_code: code })}\n`)
    else for (const line of lines) world.streams.stderr.write(`${line}\n`)
    return code
  }
}
