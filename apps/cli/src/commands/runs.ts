import type { Command } from 'commander'
import type { Run } from '@leat/sdk'
import { setTimeout as pause } from 'node:timers/promises'
import {
  clientContext,
  type ClientContext,
  type ClientFlags,
  clientFlags,
  numberFlag,
  positive,
  take,
  type World,
} from '../context.ts'
import { table } from '../table.ts'
import { nodeColumns, runColumns } from './run-columns.ts'

interface Flags extends ClientFlags {
  readonly source?: number
  readonly limit: number
  readonly watch?: boolean
}

/** `leat runs [run]`: recent runs, or one with every node behind its source. */
export function runsCommand(program: Command, world: World): void {
  const command = program.command('runs').description('recent runs; with a run id, that run and every node behind it')
  clientFlags(command)
    .argument('[run]', 'id of a run', positive)
    .addOption(numberFlag('--source <id>', 'only runs of this source'))
    .addOption(numberFlag('--limit <n>', 'at most this many', 20))
    .option('-w, --watch', 'show them again as they change, until Ctrl-C or until the given run is over')
    .action(async (run: number | undefined, flags: Flags) => {
      const context = await clientContext(flags, world)
      if (run !== undefined) await showRun(run, flags, context)
      else if (flags.watch) await watchRuns(flags, context)
      else
        context.output.list(
          await recentRuns(flags, context),
          runColumns,
          'No runs yet. A run starts when a source is activated.',
        )
    })
}

function recentRuns({ source, limit }: Flags, { client, signal }: ClientContext): Promise<Run[]> {
  return take(client.runs.all(source === undefined ? {} : { data_source_id: source }, { signal }), limit)
}

async function watchRuns(flags: Flags, context: ClientContext): Promise<void> {
  const { output, signal } = context
  let shown = ''
  for (;;) {
    const runs = await recentRuns(flags, context)
    const state = JSON.stringify(runs)
    if (state !== shown || !output.json) {
      clearScreen(context)
      output.list(runs, runColumns, 'No runs yet.')
      shown = state
    }
    await pause(1000, undefined, { signal })
  }
}

async function showRun(id: number, flags: Flags, context: ClientContext): Promise<void> {
  const { client, output, signal } = context
  if (!flags.watch) return show(await client.runs.get(id, { signal }))
  for await (const run of client.runs.watch(id, { signal, interval_ms: 1000 })) {
    clearScreen(context)
    show(run)
  }

  function show(run: Awaited<ReturnType<typeof client.runs.get>>): void {
    if (output.json) return output.value(run)
    for (const line of [...table([run], runColumns), '', ...table(run.nodes, nodeColumns)]) output.line(line)
  }
}

function clearScreen({ output }: ClientContext): void {
  if (!output.json && output.streams.stdout.isTTY) output.streams.stdout.write('\u001b[H\u001b[2J')
}
