import { Command } from 'commander'
import { connectorsCommand } from './commands/connectors.ts'
import { logsCommand } from './commands/logs.ts'
import { planCommand } from './commands/plan.ts'
import { tryCommand } from './commands/try.ts'
import { quarantineCommand } from './commands/quarantine.ts'
import { runsCommand } from './commands/runs.ts'
import { sourcesCommand } from './commands/sources.ts'
import { sqlCommand } from './commands/sql.ts'
import { statusCommand } from './commands/status.ts'
import type { World } from './context.ts'
import { demoCommand } from './demo/demo-command.ts'
import { exitCodeHelp } from './exit-codes.ts'

const serverCommands = `
Commands of the server:
  start                 run server and workers in the foreground until a signal
  worker                run a worker alone
  test                  install what the tests need and run every check and test`

/** All commands of `leat` that talk to a server, and `demo`. */
export function createProgram(world: World): Command {
  const program = new Command('leat')
    .description('Moves data between systems.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.streams.stdout.write(text),
      writeErr: (text) => world.streams.stderr.write(text),
    })
    .showSuggestionAfterError()
    .addHelpText('after', serverCommands)
    .addHelpText('afterAll', exitCodeHelp)
  demoCommand(program, world)
  statusCommand(program, world)
  runsCommand(program, world)
  logsCommand(program, world)
  quarantineCommand(program, world)
  planCommand(program, world)
  tryCommand(program, world)
  sqlCommand(program, world)
  sourcesCommand(program, world)
  connectorsCommand(program, world)
  return program
}
